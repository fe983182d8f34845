import Environments
import Foundation
import Learners
import MetaRL
import Networks
import Tensors
import Testing

/// Two states in turn, whatever is done, of which the second pays 1: all that is left to maximize is entropy.
private struct Metronome: TaskFamily {
  struct Task: Codable, Sendable {}

  var card: FamilyCard {
    FamilyCard(
      name: "metronome", version: 1, summary: "Two states in turn.", source: "none", episodesPerLifetime: 1,
      random: .init(0, computation: "exact"), oracle: .init(1, computation: "exact"), trajectoryHash: "")
  }
  var spec: EnvironmentSpec { EnvironmentSpec(observationSize: 2, actionSpace: .continuous(size: 1), horizon: 6) }
  func task(_ id: TaskID) -> Task { Task() }
  func descriptor(of task: Task) -> [Float] { [] }
  func makeEnvironment(_ tasks: [Task]) -> Lanes { Lanes(laneCount: tasks.count) }

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

private func small(_ change: (inout SoftActorCritic.Configuration) -> Void = { _ in })
  -> SoftActorCritic.Configuration
{
  var c = SoftActorCritic.Configuration()
  c.hiddenSizes = [32, 32]
  c.tasksPerIteration = 4
  c.episodesPerTask = 2
  c.randomSteps = 200
  c.updatesPerIteration = 50
  c.batchSize = 64
  c.stepSize = 1e-3
  c.replayCapacity = 5000
  change(&c)
  return c
}

private func train(
  _ configuration: SoftActorCritic.Configuration, on family: any TaskFamily, iterations: Int, workers: Int = 1
) throws -> SoftActorCritic {
  var learner = try SoftActorCritic(
    configuration, for: family.learnerSpec(), using: RandomStream(seed: 1).split("init"))
  for iteration in 0..<iterations {
    var session = TrainingSession(
      family: family, iteration: iteration, random: RandomStream(seed: 1).split("train"), workers: Workers(workers))
    try learner.metaTrain(&session)
  }
  return learner
}

private func bytes(_ learner: SoftActorCritic) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  return try encoder.encode(learner)
}

@Suite struct SoftActorCriticTests {
  /// The best policy is uniform in ±1, of entropy log 2.
  ///
  /// With h = 0.5 log 2 values are h / (1 - γ) and a sum over rewards. They hold only if the horizon, which cuts episodes
  /// off, is not taken for an end.
  @Test(arguments: SoftActorCriticNetworks.Form.allCases)
  func valuesBecomeThoseOfTheExactSolution(form: SoftActorCriticNetworks.Form) throws {
    let learner = try train(
      small {
        $0.form = form
        $0.discount = 0.8
        $0.temperature = 0.5
        $0.learnsTemperature = false
        $0.targetRate = 0.05
        $0.rewardScale = 2
      }, on: Metronome(), iterations: 20)
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
    let learner = try train(small { $0.learnsTemperature = true }, on: Metronome(), iterations: 20)
    // Minus the numbers of an action is asked for; with nothing to gain but entropy, there is more of it.
    #expect(learner.update.temperature < 0.6)
  }

  /// A robot that knows its goal; the best return there is on average is -5.365, acting at random -21.98.
  @Test func withTheGoalInViewTheRobotComesNearTheKnownOptimumAndWithoutItDoesNot() throws {
    func meanReturn(_ family: some TaskFamily) throws -> Double {
      let learner = try train(
        small {
          $0.hiddenSizes = [64, 64]
          $0.tasksPerIteration = 20
          $0.episodesPerTask = 1
          $0.batchSize = 128
          $0.discount = 0.9
          $0.rewardScale = 10
          $0.learnsTemperature = false
          $0.targetRate = 0.02
          $0.updatesPerIteration = 100
        }, on: family, iterations: 15, workers: 2)
      let evaluation = EvaluationProtocol(taskCount: 20, episodesPerLifetime: 5, probes: [])
      let curve = try evaluate(learner, on: family, evaluation, random: RandomStream(seed: 2))
      return curve.online.joined().reduce(0) { $0 + $1.totalReward } / 100
    }
    let (seeing, blind) = (try meanReturn(WithDescriptor(PointRobot())), try meanReturn(PointRobot()))
    #expect(seeing > -7.5, "\(seeing)")
    #expect(blind < -14, "\(blind)")
  }

  @Test(arguments: SoftActorCriticNetworks.Form.allCases)
  func trainingHasTheSameBitsOnAnyNumberOfThreadsAndAfterLoading(form: SoftActorCriticNetworks.Form) throws {
    let c = small {
      $0.form = form
      $0.batchSize = 600
      $0.updatesPerIteration = 2
      $0.replayCapacity = 300
    }
    let whole = try train(c, on: PointRobot(), iterations: 3)
    #expect(try bytes(whole) == bytes(train(c, on: PointRobot(), iterations: 3, workers: 3)))
    var loaded = try JSONDecoder().decode(
      SoftActorCritic.self, from: bytes(train(c, on: PointRobot(), iterations: 2)))
    var session = TrainingSession(
      family: PointRobot(), iteration: 2, random: RandomStream(seed: 1).split("train"), workers: Workers(1))
    try loaded.metaTrain(&session)
    #expect(try bytes(whole) == bytes(loaded))
  }
}
