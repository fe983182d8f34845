import Foundation
import Learners
import MetaRL
import Networks
import Tensors
import Testing

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
