// Times playing: environment steps a second of point navigation with a policy of 2 x 100 tanh in the loop, episodes
// of 100 steps, for several numbers of lanes and of threads. With two threads each plays half of the lanes.
//
// The episodes are those that training plays: recorded whole, checked for numbers that are not finite. Only steps of
// live lanes are counted. Prints the median and the best of several rounds.
//
// rollout [rounds] [lanes,lanes,...]

import Environments
import Foundation
import Learners
import Measuring
import MetaRL
import Networks
import Tensors

let arguments = Array(CommandLine.arguments.dropFirst())
let rounds = arguments.count > 0 ? max(1, Int(arguments[0]) ?? 9) : 9
let laneCounts = arguments.count > 1 ? arguments[1].split(separator: ",").compactMap { Int($0) } : [20, 400, 4096]

let family = PointNavigation()
let policy = StochasticPolicy(for: family.spec, hiddenSizes: [100, 100], activation: .tanh)
let parameters = policy.makeParameters(using: RandomStream(seed: 0))

/// Plays an episode in each of some lanes.
@Sendable func play(_ lanes: Range<Int>, round: Int) throws -> [Episode] {
  var environment = family.makeEnvironment(lanes.map { family.task(TaskID(.train, $0)) })
  var agent = PolicyAgent(policy, parameters)
  let random = LaneRandom(lanes.map { RandomStream(seed: 1).split("round", round).split("lane", $0) })
  return try playEpisode(&agent, in: &environment, spec: family.spec, random: random)
}

printRow(["lanes", "threads", "steps/s", "best"], widths: [8, 8, 12, 12])
for laneCount in laneCounts where laneCount >= 2 {
  let whole = try play(0..<laneCount, round: 0)
  for threads in [1, 2] {
    let shares = (0..<threads).map { laneCount * $0 / threads..<laneCount * ($0 + 1) / threads }
    let workers = Workers(threads)
    let halves = try workers.map(0..<threads) { try play(shares[$0], round: 0) }
    require(Array(halves.joined()) == whole, "\(threads) threads play other episodes than one")
    let repeats = max(1, 2000 / laneCount)
    let rates = try (1...rounds).map { round in
      var steps = 0
      let took = try seconds {
        for _ in 0..<repeats {
          let played = try workers.map(0..<threads) { try play(shares[$0], round: round) }
          steps += played.joined().reduce(0) { $0 + $1.stepCount }
        }
      }
      return Double(steps) / took
    }
    printRow(
      ["\(laneCount)", "\(threads)", text(median(rates), digits: 0), text(rates.max() ?? .nan, digits: 0)],
      widths: [8, 8, 12, 12])
  }
}
