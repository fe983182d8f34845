import Environments
import Learners
import MetaRL
import Tensors
import Testing

/// Three states in a row: going right from the last pays 2 and ends the episode, staying pays 0.5, 0.3 or 0 by the state.
private struct Walk: OneTaskFamily {
  static let stay: [Float] = [0.5, 0.3, 0]

  var spec: EnvironmentSpec { EnvironmentSpec(observationSize: 3, actionSpace: .discrete(count: 2), horizon: 8) }
  func makeLanes(_ count: Int) -> Lanes { Lanes(states: [Int](repeating: 0, count: count)) }

  struct Lanes: Environment {
    var states: [Int]
    var laneCount: Int { states.count }

    private var observations: Tensor {
      Tensor(states.flatMap { state in (0..<3).map { $0 == state ? Float(1) : 0 } }, shape: [laneCount, 3])
    }

    mutating func reset(using random: inout LaneRandom) -> Tensor {
      states = states.map { _ in 0 }
      return observations
    }

    mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      guard case .discrete(let choices) = actions else { preconditionFailure("choices are checked") }
      let ends = states.indices.map { states[$0] == 2 && choices[$0] == 1 }
      let rewards = states.indices.map { choices[$0] == 0 ? Walk.stay[states[$0]] : ends[$0] ? 2 : 0 }
      for lane in states.indices where choices[lane] == 1 { states[lane] = min(states[lane] + 1, 2) }
      return StepOutcome(observations: observations, rewards: Rewards(rewards), terminated: ends)
    }
  }
}

/// One task of a family, whatever the name.
private struct Single: TaskFamily {
  let family = TabularMDP()
  let number: Int

  var card: FamilyCard { family.card }
  var spec: EnvironmentSpec { family.spec }
  func task(_ id: TaskID) -> TabularMDP.TaskParameters { family.task(TaskID(.train, number)) }
  func makeEnvironment(_ tasks: [TabularMDP.TaskParameters]) -> TabularMDP.Lanes { family.makeEnvironment(tasks) }
  func descriptor(of task: TabularMDP.TaskParameters) -> [Float] { family.descriptor(of: task) }
}

private func trained(
  on family: any TaskFamily, iterations: Int, workers: Int = 1,
  _ change: (inout DQN.Configuration) -> Void = { _ in }
) throws -> DQN {
  var learner = try untrained(DQN.self, on: family, seed: 1) {
    ($0.hiddenSizes, $0.discount, $0.stepSize) = ([32], 0.8, 3e-3)
    ($0.explorationEnd, $0.explorationIterations, $0.updatesPerTarget) = (0.3, 10, 50)
    change(&$0)
  }
  try train(&learner, on: family, iterations: 0..<iterations, seed: 1, workers: workers)
  return learner
}

private func values(_ learner: DQN, states: Int) -> [[Double]] {
  let observations = Tensor((0..<states * states).map { $0 % (states + 1) == 0 ? 1 : 0 }, shape: [states, states])
  return learner.network(observations, learner.theta).floatRows.map { $0.map { Double($0) } }
}

@Suite struct DQNTests {
  /// With a discount of 0.8: right is worth 2, 1.6 and 1.28 from the last state on; staying 0.5 at first is worth 0.5 / 0.2 for
  /// ever, since the horizon is no end.
  @Test(arguments: [false, true], [false, true])
  func valuesBecomeThoseOfTheExactSolution(isDouble: Bool, isDueling: Bool) throws {
    let learner = try trained(on: Walk(), iterations: 30) { ($0.isDouble, $0.isDueling) = (isDouble, isDueling) }
    // Of staying and of going right, state by state.
    let due = [[2.5, 1.28], [0.3 + 0.8 * 1.6, 1.6], [1.6, 2]]
    for (computed, due) in zip(values(learner, states: 3), due) {
      for (computed, due) in zip(computed, due) {
        #expect(abs(computed - due) < 0.02 * due, "\(computed), not \(due)")
      }
    }
  }

  @Test("The slow copy gives the value of the action that the network chooses") func doubleTargets() throws {
    func targets(isDouble: Bool) throws -> [Float] {
      let learner = try trained(on: Walk(), iterations: 1) {
        ($0.isDouble, $0.updatesPerTarget) = (isDouble, 1_000_000)
      }
      var random = RandomStream(seed: 4)
      return learner.targets(of: TransitionBatch(of: learner.replay, 200, .dense, using: &random)).floats
    }
    // The greatest of a copy's values is no less than the copy's value of another's choice.
    let (single, double) = (try targets(isDouble: false), try targets(isDouble: true))
    #expect(zip(single, double).allSatisfy { $0 >= $1 } && single != double)
  }

  @Test("In a tabular MDP, its policy is within a hundredth of the optimum", arguments: [0, 1])
  func policyOfATabularMDP(number: Int) throws {
    let discount = 0.8
    let learner = try trained(on: Single(number: number), iterations: 60, workers: 2) {
      ($0.hiddenSizes, $0.tasksPerIteration, $0.explorationEnd, $0.updatesPerTarget) = ([64], 20, 0.5, 200)
    }
    let task = TabularMDP().task(TaskID(.train, number))
    let policy = values(learner, states: 10).map { row in row.indices.max { row[$0] < row[$1] } ?? 0 }
    /// The discounted value of state 0 where actions are chosen so.
    func value(_ choose: (_ worth: [Double], _ state: Int) -> Int) -> Double {
      var values = [Double](repeating: 0, count: 10)
      for _ in 0..<300 {
        values = (0..<10).map { state in
          let worth = (0..<5).map { action -> Double in
            let pair = state * 5 + action
            var next = 0.0
            for there in 0..<10 { next += Double(task.transitionProbabilities[pair * 10 + there]) * values[there] }
            return Double(task.meanRewards[pair]) + discount * next
          }
          return worth[choose(worth, state)]
        }
      }
      return values[0]
    }
    let best = value { worth, _ in worth.indices.max { worth[$0] < worth[$1] } ?? 0 }
    let reached = value { _, state in policy[state] }
    #expect(reached > 0.99 * best && reached <= best + 1e-9, "\(reached) of \(best)")
  }

  @Test func trainingHasTheSameBits() throws {
    let learner = try trained(on: GridWorld(), iterations: 0) {
      ($0.updatesPerIteration, $0.updatesPerTarget, $0.replayCapacity) = (7, 5, 500)
    }
    try expectSameBits(learner, on: GridWorld())
  }
}
