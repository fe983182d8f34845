import Environments
import Foundation
import Learners
import MetaRL
import Tensors

/// A mean with its standard error.
struct Estimate: CustomStringConvertible {
  let mean: Double
  let standardError: Double

  init(_ values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    self.mean = mean
    standardError = (variance / count).squareRoot()
  }

  var description: String { "\(mean) ± \(standardError)" }

  /// Whether a number is within four standard errors.
  func isNear(_ value: Double) -> Bool { abs(mean - value) < 4 * standardError }

  /// Whether an anchor is within four standard errors, its own included.
  func agrees(with anchor: FamilyCard.Anchor) -> Bool {
    let error = (standardError * standardError + anchor.standardError * anchor.standardError).squareRoot()
    return abs(mean - anchor.value) <= 4 * error
  }
}

/// Chooses actions from observations and tasks, without chance or memory.
struct Controller<TaskParameters: Sendable>: Agent {
  let tasks: [TaskParameters]
  let action: @Sendable (_ task: TaskParameters, _ observation: [Float]) -> LaneAction

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    let (values, width) = (observations.floats, observations.shape[1])
    let chosen = tasks.indices.map { action(tasks[$0], Array(values[$0 * width..<($0 + 1) * width])) }
    let vectors = chosen.flatMap { if case .continuous(let vector) = $0 { vector } else { [Float]() } }
    return vectors.isEmpty
      ? .discrete(chosen.map { if case .discrete(let choice) = $0 { choice } else { 0 } })
      : .continuous(Tensor(vectors, shape: [tasks.count, vectors.count / tasks.count]))
  }
}

/// The returns of one episode in each of many tasks.
func simulatedReturns<Family: TaskFamily, A: Agent>(
  _ family: Family, tasks count: Int, seed: UInt64, agent: ([Family.TaskParameters]) -> A
) throws -> [Double] {
  let spec = family.spec
  return try stride(from: 0, to: count, by: 500).flatMap { first in
    let indices = first..<min(first + 500, count)
    let tasks = indices.map { family.task(TaskID(.test, $0)) }
    var environment = family.makeEnvironment(tasks)
    var player = agent(tasks)
    let random = LaneRandom(indices.map { RandomStream(seed: seed).split("simulation", $0) })
    return try playEpisode(&player, in: &environment, spec: spec, random: random).map { $0.totalReward }
  }
}

extension LaneRandom {
  /// Streams of some lanes, all of one seed.
  init(seed: UInt64, lanes: Int) { self.init((0..<lanes).map { RandomStream(seed: seed).split("lane", $0) }) }
}

func simulatedRandom(_ family: some TaskFamily, tasks: Int, seed: UInt64 = 1) throws -> Estimate {
  Estimate(try simulatedReturns(family, tasks: tasks, seed: seed) { _ in randomAgent(for: family.spec) })
}

/// The mean return of a controller that sees the task.
func simulated<Family: TaskFamily>(
  _ family: Family, tasks: Int, seed: UInt64 = 1,
  controller: @escaping @Sendable (Family.TaskParameters, [Float]) -> LaneAction
) throws -> Estimate {
  Estimate(try simulatedReturns(family, tasks: tasks, seed: seed) { Controller(tasks: $0, action: controller) })
}

func randomAgent(for spec: EnvironmentSpec) -> RandomActions.RandomAgent {
  RandomActions(.init(), for: spec, using: RandomStream(seed: 0)).makeAgent(using: LaneRandom([]))
}
