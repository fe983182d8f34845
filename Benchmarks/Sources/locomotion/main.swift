// Times the half-cheetah: environment steps a second of 20 lanes with actions that were drawn before, episodes of 200
// steps, resets included, with one and with two threads. With two, each steps half of the lanes, as in training: a group
// of lanes waits for nobody before its episode is over. Then the share of MuJoCo itself in the processor time: the same
// robot under the same actions, stepped by the engine's function and nothing else.
//
// Needs MuJoCo: swift run -c release --traits MuJoCo locomotion
//
// locomotion [rounds] [lanes]

import Foundation
import Locomotion
import Measuring
import MetaRL
import Tensors

#if MuJoCo
  import CMuJoCo
#endif

let arguments = Array(CommandLine.arguments.dropFirst())
let rounds = arguments.count > 0 ? max(1, Int(arguments[0]) ?? 5) : 5
let laneCount = arguments.count > 1 ? max(2, Int(arguments[1]) ?? 20) : 20
let (steps, motors, repeats) = (200, 6, 5)

let family = HalfCheetahVelocity()
require(
  !family.card.software.isEmpty, "this program was built without MuJoCo: swift build -c release --traits MuJoCo")

/// `[step]`, each for all lanes.
let actions: [[Float]] = {
  var random = LaneRandom((0..<laneCount).map { RandomStream(seed: 2).split("lane", $0) })
  return (0..<steps).map { _ in random.uniforms(perLane: motors).map { 2 * $0 - 1 } }
}()

/// The actions of some lanes.
func share(_ lanes: Range<Int>) -> [Actions] {
  actions.map {
    .continuous(
      Tensor(Array($0[lanes.lowerBound * motors..<lanes.upperBound * motors]), shape: [lanes.count, motors]))
  }
}

/// Steps some lanes through episodes of given actions and sums up all rewards of the last one.
@Sendable func play(_ lanes: Range<Int>, _ actions: [Actions], episodes: Int) throws -> Double {
  var environment = family.makeEnvironment(lanes.map { family.task(TaskID(.train, $0)) })
  var sum = 0.0
  for _ in 0..<episodes {
    var random = LaneRandom(lanes.map { RandomStream(seed: 1).split("lane", $0) })
    _ = try environment.reset(using: &random)
    sum = 0
    for action in actions {
      let outcome = try environment.step(action, using: &random)
      for reward in outcome.rewards.dense { sum += Double(reward) }
    }
  }
  return sum
}

let all = share(0..<laneCount)
let whole = try play(0..<laneCount, all, episodes: 1)
for threads in [1, 2] {
  let parts = (0..<threads).map { laneCount * $0 / threads..<laneCount * ($0 + 1) / threads }
  let shares = parts.map { share($0) }
  let workers = Workers(threads)
  let sums = try workers.map(0..<threads) { try play(parts[$0], shares[$0], episodes: 1) }
  // The order of the sum is another.
  require(abs(sums.reduce(0, +) - whole) < 1e-6 * abs(whole), "\(threads) threads earn other rewards than one")
  let rates = try (0..<rounds).map { _ in
    let took = try seconds {
      _ = try workers.map(0..<threads) { try play(parts[$0], shares[$0], episodes: repeats) }
    }
    return Double(repeats * steps * laneCount) / took
  }
  print("metarlzoo, \(threads) thread\(threads == 1 ? "" : "s"): median \(text(median(rates), digits: 0)) steps/s")
}

#if MuJoCo
  /// The processor time in which the engine steps all lanes as often, and where it left the last of them.
  func engineAlone() -> (time: Double, place: Double) {
    var message = [CChar](repeating: 0, count: 1000)
    guard let model = cm_model(family.robotModel, &message, 1000), let data = cm_data(model, &message, 1000) else {
      return (.nan, .nan)
    }
    defer {
      mj_deleteData(data)
      mj_deleteModel(model)
    }
    // Masses as the family has them.
    mj_setTotalmass(model, 14)
    mj_setConst(model, data)
    let rows = actions.map { $0.map { Double($0) } }
    let time = processorSeconds {
      for _ in 0..<repeats {
        for lane in 0..<laneCount {
          mj_resetData(model, data)
          for row in rows {
            for motor in 0..<motors { data.pointee.ctrl[motor] = row[lane * motors + motor] }
            for _ in 0..<5 { mj_step(model, data) }
          }
        }
      }
    }
    return (time, data.pointee.qpos[0])
  }

  let pairs = (0..<rounds).map { _ in
    let alone = engineAlone()
    require(alone.place.isFinite && abs(alone.place) > 1e-3, "the engine did not move the robot")
    return (alone.time, processorSeconds { _ = play(0..<laneCount, all, episodes: repeats) })
  }
  let engineShare = median(pairs.map { 100 * $0.0 / $0.1 })
  let rate = median(pairs.map { Double(repeats * steps * laneCount) / $0.1 })
  print(
    "of the processor time of one thread, in which it does \(text(rate, digits: 0)) steps/s, "
      + "\(text(engineShare, digits: 0)) % are MuJoCo \(family.card.software[0].version)'s mj_step")
#endif
