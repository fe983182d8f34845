import Environments
import Foundation
import Learners
import MetaRL
import Tensors
import Testing

/// Whether the gradient learner of the guide on writing a learner does what the guide says.
@Suite struct GuideTests {
  /// Mean adapted returns on held-out tasks after 0 and 20 episodes, two inner steps.
  private func returns(
    iterations: Int, seed: UInt64 = 1
  ) throws -> (before: Double, after: Double, learner: Reptile) {
    let family = PointNavigation()
    var learner = try Reptile(
      Reptile.Configuration(), for: family.spec, using: RandomStream(seed: seed).split("init"))
    for iteration in 0..<iterations {
      var session = TrainingSession(
        family: family, iteration: iteration, random: RandomStream(seed: seed).split("train"), workers: Workers(1))
      try learner.metaTrain(&session)
    }
    let curve = try evaluate(
      learner, on: family,
      EvaluationProtocol(taskCount: 20, episodesPerLifetime: 20, probes: [0, 20], episodesPerProbe: 5),
      random: RandomStream(seed: seed).split("evaluation"))
    func mean(_ probe: Int) -> Double {
      let totals = curve.adapted.flatMap { $0[probe].map(\.totalReward) }
      return totals.reduce(0, +) / Double(totals.count)
    }
    return (mean(0), mean(1), learner)
  }

  @Test(arguments: [1, 2] as [UInt64])
  func theGradientLearnerOfTheGuideBringsItsAgentsNearTheGoal(seed: UInt64) throws {
    let trained = try returns(iterations: 30, seed: seed)
    #expect(trained.after > trained.before + 10)
    #expect(trained.after > -30)
  }

  /// The control: inner steps alone do not bring an untrained policy there.
  @Test(arguments: [1, 2] as [UInt64])
  func withoutMetaTrainingItDoesNot(seed: UInt64) throws {
    #expect(try returns(iterations: 0, seed: seed).after < -60)
  }

  @Test func itsCheckpointGoesOnAsTheLearnerItself() throws {
    var learner = try returns(iterations: 1).learner
    var copy = try JSONDecoder().decode(Reptile.self, from: JSONEncoder().encode(learner))
    try train(&learner)
    try train(&copy)
    #expect(try JSONEncoder().encode(copy.theta) == JSONEncoder().encode(learner.theta))
  }

  private func train(_ learner: inout Reptile) throws {
    var session = TrainingSession(
      family: PointNavigation(), iteration: 1, random: RandomStream(seed: 1).split("train"), workers: Workers(2))
    try learner.metaTrain(&session)
  }
}
