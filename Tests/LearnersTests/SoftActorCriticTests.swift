import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

/// Two states in turn, whatever is done, of which the second pays 1: all that is left to maximize is entropy.
private struct Metronome: OneTaskFamily {
  var spec: EnvironmentSpec { EnvironmentSpec(observationSize: 2, actionSpace: .continuous(size: 1), horizon: 6) }
  func makeLanes(_ count: Int) -> Lanes { Lanes(laneCount: count) }

  struct Lanes: Environment {
    let laneCount: Int
    var isSecond = false

    private var observations: Tensor {
      Tensor((0..<laneCount).flatMap { _ -> [Float] in isSecond ? [0, 1] : [1, 0] }, shape: [laneCount, 2])
    }

    mutating func reset(using random: inout LaneRandom) -> Tensor {
      isSecond = false
      return observations
    }

    mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let rewards = [Float](repeating: isSecond ? 1 : 0, count: laneCount)
      isSecond.toggle()
      return StepOutcome(
        observations: observations, rewards: Rewards(rewards),
        terminated: [Bool](repeating: false, count: laneCount))
    }
  }
}

private func trained(
  on family: any TaskFamily, iterations: Int, workers: Int = 1,
  _ change: (inout SoftActorCritic.Configuration) -> Void
) throws -> SoftActorCritic {
  var learner = try untrained(SoftActorCritic.self, on: family, seed: 1) {
    ($0.hiddenSizes, $0.stepSize, $0.batchSize, $0.replayCapacity) = ([32, 32], 1e-3, 64, 5000)
    ($0.tasksPerIteration, $0.episodesPerTask, $0.randomSteps, $0.updatesPerIteration) = (4, 2, 200, 50)
    change(&$0)
  }
  try train(&learner, on: family, iterations: 0..<iterations, seed: 1, workers: workers)
  return learner
}

@Suite struct SoftActorCriticTests {
  /// The best policy is uniform in ±1, of entropy log 2.
  ///
  /// With h = 0.5 log 2 values are h / (1 - γ) and a sum over rewards. They hold only if the horizon, which cuts episodes
  /// off, is not taken for an end.
  @Test(arguments: SoftActorCriticNetworks.Form.allCases)
  func valuesBecomeThoseOfTheExactSolution(form: SoftActorCriticNetworks.Form) throws {
    let learner = try trained(on: Metronome(), iterations: 20) {
      ($0.form, $0.discount, $0.targetRate, $0.rewardScale) = (form, 0.8, 0.05, 2)
      ($0.temperature, $0.learnsTemperature) = (0.5, false)
    }
    let bonus = 0.5 * 0.6931471805599453
    // Without the entropy of the step itself, whose action is given.
    let second = (2 + 0.8 * bonus / (1 - 0.8) * 1) + 0.64 * 2 / (1 - 0.64)
    let first = 0.8 * bonus / (1 - 0.8) + 0.8 * 2 / (1 - 0.64)
    let states = Tensor([1, 0, 1, 0, 0, 1, 0, 1], shape: [4, 2])
    let actions = Tensor([-0.5, 0.7, -0.2, 0.9], shape: [4, 1])
    let values = learner.update.networks.lesserValue(states, actions, nil, learner.update.theta).doubles
    for (value, due) in zip(values, [first, first, second, second]) {
      #expect(abs(value - due) < 0.03 * due, "\(values), not \(first) and \(second)")
    }
  }

  @Test func theTemperatureFallsWhereThereIsMoreEntropyThanIsAskedFor() throws {
    let learner = try trained(on: Metronome(), iterations: 20) { $0.learnsTemperature = true }
    // Minus the numbers of an action is asked for; with nothing to gain but entropy, there is more of it.
    #expect(learner.update.temperature < 0.6)
  }

  /// A robot that knows its goal; the best return there is on average is -5.365, acting at random -21.98.
  @Test func withTheGoalInViewTheRobotComesNearTheKnownOptimumAndWithoutItDoesNot() throws {
    func meanReturn(_ family: some TaskFamily) throws -> Double {
      let learner = try trained(on: family, iterations: 15, workers: 2) {
        ($0.hiddenSizes, $0.batchSize, $0.updatesPerIteration) = ([64, 64], 128, 100)
        ($0.tasksPerIteration, $0.episodesPerTask) = (20, 1)
        ($0.discount, $0.targetRate, $0.rewardScale, $0.learnsTemperature) = (0.9, 0.02, 10, false)
      }
      let evaluation = EvaluationProtocol(taskCount: 20, episodesPerLifetime: 5, probes: [])
      return mean(try meanReturns(of: learner, on: family, evaluation).online)
    }
    let (seeing, blind) = (try meanReturn(WithDescriptor(PointRobot())), try meanReturn(PointRobot()))
    #expect(seeing > -7.5, "\(seeing)")
    #expect(blind < -14, "\(blind)")
  }

  @Test(arguments: SoftActorCriticNetworks.Form.allCases)
  func trainingHasTheSameBits(form: SoftActorCriticNetworks.Form) throws {
    let learner = try trained(on: PointRobot(), iterations: 0) {
      ($0.form, $0.batchSize, $0.updatesPerIteration, $0.replayCapacity) = (form, 600, 2, 300)
    }
    try expectSameBits(learner, on: PointRobot())
  }
}
