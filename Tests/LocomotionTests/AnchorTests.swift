import Foundation
import Locomotion
import MetaRL
import Tensors
import Testing

/// A mean with its standard error.
private struct Estimate: CustomStringConvertible {
  let mean: Double
  let standardError: Double

  init(_ values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    self.mean = mean
    standardError = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1) / count).squareRoot()
  }

  var description: String { "\(mean) ± \(standardError)" }

  /// Whether an anchor is within four standard errors, its own included.
  func agrees(with anchor: FamilyCard.Anchor) -> Bool {
    let error = (standardError * standardError + anchor.standardError * anchor.standardError).squareRoot()
    return abs(mean - anchor.value) <= 4 * error
  }
}

/// Moves every joint to and fro, and looks at nothing.
private struct Gait: Agent {
  /// The period in steps, then for each motor a middle, a reach, and a phase from 0 to 1.
  let numbers: [Double]
  private var step = 0.0

  init(_ numbers: [Double]) { self.numbers = numbers }

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    let motors = (numbers.count - 1) / 3
    let action = (0..<motors).map { motor in
      let (middle, reach, phase) = (numbers[3 * motor + 1], numbers[3 * motor + 2], numbers[3 * motor + 3])
      return Float(max(-1, min(1, middle + reach * sin(2 * .pi * (step / numbers[0] + phase)))))
    }
    step += 1
    let lanes = observations.shape[0]
    return .continuous(Tensor((0..<lanes).flatMap { _ in action }, shape: [lanes, motors]))
  }
}

extension Gait {
  // Of these the cards state what they earn. The search below has found them on `half-cheetah-direction` and
  // `ant-forward-backward`.
  static let halfCheetahForwards = Gait([
    4.72, -0.33, 1.92, 0.44, 0.49, 0.88, -0.14, -0.08, 0.59, 0.49, -0.34, 0.66, 0.71, -0.06, 0.8, 0.78, -0.16, 2.17,
    0.46,
  ])
  static let halfCheetahBackwards = Gait([
    4.76, 0.18, -0.66, 0.13, 0.14, 0.39, 0.73, 0.33, 0.19, 1.46, -0.02, 1.51, 0.3, -0.34, 1.02, 0.67, -0.19, -1.12,
    0.2,
  ])
  static let antForwards = Gait([
    21.22, 0.09, 0.17, 0.07, 0.03, -0.17, 0.89, 0.08, 0.22, 0.74, 0.23, -0.05, 1.29, -0.15, 0.3, 0.7, 0.14, 0.04,
    0.41, 0.01, 0.37, 0.1, 0.15, -0.14, 0.44,
  ])

  /// The same for an ant that is turned around.
  ///
  /// Each leg does what the opposite one did. Hips turn about the vertical axis, as before; ankles bend the other way.
  var turnedAround: Gait {
    var turned = [numbers[0]]
    for motor in 0..<8 {
      let other = 1 + 3 * ((motor + 4) % 8)
      let sign = motor % 2 == 0 ? 1.0 : -1
      turned += [sign * numbers[other], sign * numbers[other + 1], numbers[other + 2]]
    }
    return Gait(turned)
  }
}

/// Acts at random, as an untrained Gaussian policy does.
private struct Wild: Agent {
  let size: Int

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    .continuous(Tensor(random.normals(perLane: size), shape: [random.count, size]))
  }
}

/// The returns of an agent in one episode of each of so many test tasks.
private func returns<F: TaskFamily>(
  _ family: F, tasks: Range<Int>, seed: UInt64, agent: @Sendable () -> some Agent
) throws -> [Double] {
  let groups = try Workers(2).map(0..<(tasks.count + 24) / 25) { group in
    let indices = tasks.lowerBound + 25 * group..<min(tasks.upperBound, tasks.lowerBound + 25 * (group + 1))
    let bound = family.taskCount(in: .test) ?? .max
    var environment = family.makeEnvironment(for: indices.map { TaskID(.test, $0 % bound) })
    var player = agent()
    let random = LaneRandom(indices.map { RandomStream(seed: seed).split("simulation", $0) })
    return try playEpisode(&player, in: &environment, spec: family.spec, random: random).map { $0.totalReward }
  }
  return Array(groups.joined())
}

/// What cards say of agents that know the direction.
@Suite(.enabled(if: Physics.isAvailable)) struct GaitTests {
  @Test(arguments: HalfCheetahDirection.Variant.allCases.filter { $0 != .maml })
  func gaitsOfHalfCheetahsEarnWhatTheCardsSay(variant: HalfCheetahDirection.Variant) throws {
    let family = HalfCheetahDirection(variant)
    try expectCard(
      of: family,
      from: try play(Gait.halfCheetahForwards, on: family, .init(direction: 1))
        + play(Gait.halfCheetahBackwards, on: family, .init(direction: -1)))
  }

  @Test(arguments: [AntRunning.Variant.forwardBackward, .forwardBackwardOfProMP])
  func gaitsOfAntsEarnWhatTheCardsSay(variant: AntRunning.Variant) throws {
    let family = AntRunning(variant)
    try expectCard(
      of: family,
      from: try play(Gait.antForwards, on: family, .init(x: 1, y: 0))
        + play(Gait.antForwards.turnedAround, on: family, .init(x: -1, y: 0)))
  }

  private func play<F: TaskFamily>(_ gait: Gait, on family: F, _ task: F.TaskParameters) throws -> [Double] {
    let lanes = 50
    var environment = family.makeEnvironment(Array(repeating: task, count: lanes))
    var agent = gait
    let streams = LaneRandom((0..<lanes).map { RandomStream(seed: 9).split("lane", $0) })
    return try playEpisode(&agent, in: &environment, spec: family.spec, random: streams)
      .map { $0.totalReward(.dense) }
  }

  /// Cards are measured with MuJoCo 2.2.2; other releases move a little otherwise.
  private func expectCard(of family: some TaskFamily, from returns: [Double]) throws {
    let (estimate, anchor) = (Estimate(returns), family.card.oracle)
    if Physics.version == "2.2.2" {
      #expect(estimate.agrees(with: anchor), "\(family.card.name): \(estimate)")
    } else {
      #expect(abs(estimate.mean - anchor.value) < 0.25 * anchor.value, "\(family.card.name): \(estimate)")
    }
  }
}

/// Measures the anchors that cards state, when asked to by the environment variable METARLZOO_MEASURE_ANCHORS.
@Suite(
  .serialized,
  .enabled(if: Physics.isAvailable && ProcessInfo.processInfo.environment["METARLZOO_MEASURE_ANCHORS"] != nil))
struct LocomotionAnchorMeasurement {
  @Test(arguments: locomotionFamilies.map(\.card.name)) func anchors(name: String) throws {
    func measure(_ family: some TaskFamily) throws {
      let size = family.spec.actionSpace.width
      let wild = Estimate(try returns(family, tasks: 0..<200, seed: 1) { Wild(size: size) })
      let still = [Double](repeating: 0, count: 3 * size)
      let standing = Estimate(try returns(family, tasks: 0..<50, seed: 1) { Gait([1] + still) })
      print("\(name): random \(wild), standing \(standing)")
    }
    let family = try #require(locomotionFamilies.first { $0.card.name == name })
    try measure(family)
  }

  @Test(arguments: HalfCheetahDirection.Variant.allCases, [1.0, -1])
  func gaitsOfTheHalfCheetah(variant: HalfCheetahDirection.Variant, direction: Double) throws {
    try search(HalfCheetahDirection(variant), .init(direction: direction), period: variant == .maml ? 50 : 10)
  }

  @Test(arguments: [AntRunning.Variant.forwardBackward, .forwardBackwardOfMAML], [1.0, -1])
  func gaitsOfTheAnt(variant: AntRunning.Variant, direction: Double) throws {
    try search(AntRunning(variant), .init(x: direction, y: 0), period: variant == .forwardBackward ? 15 : 40)
  }

  /// Searches for a gait by the cross-entropy method (Rubinstein, 1999): draw, keep the best, fit, draw again.
  private func search<F: TaskFamily>(_ family: F, _ task: F.TaskParameters, period: Double) throws {
    let (drawn, kept, rounds, motors) = (48, 8, 25, family.spec.actionSpace.width)
    let name = "\(family.card.name) \(family.descriptor(of: task)[0])"
    var random = RandomStream(seed: 11).split(name)
    var mean: [Double] = [period]
    var deviation: [Double] = [0.4 * period]
    for _ in 0..<motors {
      mean += [0, 0.5, 0.5]
      deviation += [0.3, 0.4, 0.4]
    }
    @Sendable func play(_ gait: [Double], lanes: Int, seed: UInt64) throws -> [Double] {
      var environment = family.makeEnvironment(Array(repeating: task, count: lanes))
      var agent = Gait(gait)
      let streams = LaneRandom((0..<lanes).map { RandomStream(seed: seed).split("lane", $0) })
      return try playEpisode(&agent, in: &environment, spec: family.spec, random: streams)
        .map { $0.totalReward(.dense) }
    }
    for _ in 0..<rounds {
      var drawnGaits: [[Double]] = []
      for _ in 0..<drawn {
        var gait = mean
        for index in gait.indices { gait[index] += deviation[index] * Double(random.normal()) }
        gait[0] = max(2, gait[0])
        drawnGaits.append(gait)
      }
      let gaits = drawnGaits
      let values = try Workers(2).map(0..<drawn) { try play(gaits[$0], lanes: 1, seed: 3)[0] }
      let best = values.indices.sorted { values[$0] > values[$1] }.prefix(kept)
      for number in mean.indices {
        let chosen = best.map { gaits[$0][number] }
        mean[number] = chosen.reduce(0, +) / Double(kept)
        let variance = chosen.reduce(0) { $0 + ($1 - mean[number]) * ($1 - mean[number]) } / Double(kept)
        // A floor keeps the search from ending early.
        deviation[number] = variance.squareRoot() + (number == 0 ? 0.01 * period : 0.02)
      }
    }
    let rounded = mean.map { (100 * $0).rounded() / 100 }
    print("\(name): \(rounded) earns \(Estimate(try play(rounded, lanes: 50, seed: 4)))")
  }
}
