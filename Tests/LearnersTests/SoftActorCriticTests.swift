import Environments
import Foundation
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

  @Test("The temperature falls where there is more entropy than is asked for") func temperatureFalls() throws {
    let learner = try trained(on: Metronome(), iterations: 20) { $0.learnsTemperature = true }
    // Minus the numbers of an action is asked for; with nothing to gain but entropy, there is more of it.
    #expect(learner.update.temperature < 0.6)
  }

  /// A robot that knows its goal; the best return there is on average is -5.365, acting at random -21.98.
  @Test("With the goal in view the robot comes near the known optimum and without it does not")
  func goalInView() throws {
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

/// Whole updates of PEARL against an implementation of the same in another language, `Tests/Checks/PEARL/reference.py`.
@Suite struct SoftActorCriticReferenceTests {
  private struct Reference: Decodable {
    var data: [String: [Double]]
    var theta: [String: [Double]]
    var target: [String: [Double]]
    var reports: [[Double]]
    var thetaAfter: [String: [Double]]
    var targetAfter: [String: [Double]]
  }

  private let reference: Reference

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Checks/PEARL/reference.json")
    reference = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
  }

  private func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
    Tensor(try #require(reference.data[name]), shape: shape, precision: .double)
  }

  private func parameters(_ numbers: [String: [Double]], like form: Parameters) throws -> Parameters {
    Parameters(
      names: form.names,
      tensors: try form.names.map { name in
        Tensor(try #require(numbers[name]), shape: form[name].shape, precision: .double)
      })
  }

  private func expectEqual(_ parameters: Parameters, _ numbers: [String: [Double]]) throws {
    for (name, tensor) in zip(parameters.names, parameters.tensors) {
      let due = try #require(numbers[name])
      for (computed, due) in zip(tensor.doubles, due) { #expect(abs(computed - due) < 1e-8, "\(name)") }
    }
  }

  @Test(arguments: [1, 3]) func threeUpdatesArriveWhereTheReferenceDoes(shardCount: Int) throws {
    var c = PEARL.Configuration()
    (c.hiddenSizes, c.encoderSizes, c.latentSize, c.stepSize) = ([8, 8], [6, 6], 3, 3e-3)
    let spec = EnvironmentSpec(observationSize: 2, actionSpace: .continuous(size: 2), horizon: 5)
    let learner = try PEARL(c, for: spec, using: RandomStream(seed: 0))
    var update = learner.update
    update.theta = try parameters(reference.theta, like: update.theta)
    update.target = try parameters(reference.target, like: update.target)
    let whole = PEARL.Shard(
      batch: TransitionBatch(
        observations: try tensor("observations", [15, 2]), actions: try tensor("actions", [15, 2]),
        rewards: try tensor("rewards", [15]), nextObservations: try tensor("nextObservations", [15, 2]),
        continues: try tensor("continues", [15])),
      context: try tensor("context", [12, 5]), noise: try tensor("latentNoise", [3, 3]))
    let noise = try tensor("actionNoise", [15, 2])
    let tasks = 3 / shardCount
    let shards = (0..<shardCount).map { shard in
      let (rows, first) = (shard * tasks * 5..<(shard + 1) * tasks * 5, shard * tasks)
      return PEARL.Shard(
        batch: TransitionBatch(
          observations: whole.batch.observations.slice(rows), actions: whole.batch.actions.slice(rows),
          rewards: whole.batch.rewards.slice(rows), nextObservations: whole.batch.nextObservations.slice(rows),
          continues: whole.batch.continues.slice(rows)),
        context: whole.context.slice(first * 4..<(first + tasks) * 4),
        noise: whole.noise.slice(first..<first + tasks))
    }
    var options = SoftActorCriticUpdate.Options()
    (options.rewardScale, options.discount, options.targetRate) = (10, 0.9, 0.05)
    (options.policyRegularization, options.stepSize) = (1e-3, c.stepSize)
    for due in reference.reports {
      let report = try update(
        on: shards.map(\.batch), options, workers: Workers(1),
        noise: { shard, rows, _ in noise.slice(shard * rows..<(shard + 1) * rows) }
      ) { learner.encoder.infer(shards[$0], $1, divergenceWeight: 0.3) }
      let computed = [report.criticLoss, report.penalty, report.valueLoss, report.policyLoss]
      for (computed, due) in zip(computed, due) { #expect(abs(computed - due) < 1e-8 * max(1, abs(due))) }
    }
    try expectEqual(update.theta, reference.thetaAfter)
    try expectEqual(update.target, reference.targetAfter)
  }
}
