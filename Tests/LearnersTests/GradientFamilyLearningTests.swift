import Environments
import Learners
import MetaRL
import Tensors
import Testing

/// Variants of MAML learn sine waves, each with a control that does not.
///
/// Thresholds are from a first run. Predictions of 0 have an error of 4.25.
@Suite struct GradientFamilyLearningTests {
  /// The mean squared error after 0 to `steps` inner steps at test, each on the 10 points of the first episode.
  private func errors(
    _ iterations: Int, _ steps: Int = 3, on family: SinusoidRegression = SinusoidRegression(),
    _ change: (inout RegressionMAML.Configuration) -> Void
  ) throws -> [Double] {
    var c = RegressionMAML.Configuration()
    change(&c)
    var learner = try RegressionMAML(c, for: family.spec, using: RandomStream(seed: 1).split("init"))
    try train(&learner, on: family, iterations: 0..<iterations, seed: 1)
    let evaluation = EvaluationProtocol(taskCount: 200, episodesPerLifetime: steps, episodesPerProbe: 4)
    let curve = try evaluate(learner, on: family, evaluation, random: RandomStream(seed: 2))
    return (0...steps).map { probe in
      let returns = curve.adapted.flatMap { $0[probe].map(\.totalReward) }
      return returns.reduce(0, +) / Double(returns.count) / -10
    }
  }

  private func cavia(_ size: Int, stepSize: Double = 1) throws -> [Double] {
    try errors(2500) { ($0.adapted, $0.contextSize, $0.innerStepSize) = (.context, size, stepSize) }
  }

  /// A wave has two parameters; control: a context that does not move.
  @Test("A context of size 2 represents a wave, and one of size 1 does not")
  func contextOfTwoNumbers() throws {
    let (still, one, two) = (try cavia(2, stepSize: 0), try cavia(1), try cavia(2))
    #expect(abs(still[3] - still[0]) < 0.3 && still[3] > 2.5, "\(still)")
    #expect(two[1] < 0.7 * one[1], "\(two), one number \(one)")
    #expect(two[1] < 0.5 * two[0] && one[1] < one[0], "\(two), one number \(one)")
  }

  /// Controls: a last layer that does not move, and one on layers that were trained without inner steps.
  @Test("The last layer alone adapts if the other layers were trained for it")
  func lastLayerAlone() throws {
    let anil = try errors(2500) { $0.adapted = .lastLayer }
    let still = try errors(500) { ($0.adapted, $0.innerStepSize) = (.lastLayer, 0) }
    let joint = try errors(2500) { ($0.adapted, $0.innerSteps) = (.lastLayer, 0) }
    #expect(anil[1] < 0.85 * anil[0] && anil[3] < anil[1], "\(anil)")
    #expect(abs(still[3] - still[0]) < 0.3, "\(still)")
    #expect(anil[1] < 0.85 * joint[1], "\(anil), joint \(joint)")
  }

  @Test func learnedStepSizesFitBetterThanFixedOnes() throws {
    let fixed = try errors(2500) { $0.stepSizes = .fixed }
    let learned = try errors(2500) { $0.stepSizes = .learned }
    #expect(learned[1] < 0.8 * fixed[1], "\(learned), fixed \(fixed)")
  }

  private func reptile(steps: Int) throws -> [Double] {
    try errors(3000, 5, on: SinusoidRegression(phases: .full)) {
      ($0.outerUpdate, $0.innerSteps, $0.trainingPoints, $0.innerStepSize) = (.interpolation, steps, .fresh, 0.02)
      // ε is 1, since the control's single step is only about a fifth as long as five.
      ($0.outerStepSize, $0.annealedIterations, $0.tasksPerBatch) = (1, 3000, 5)
      ($0.hiddenSizes, $0.activation) = ([64, 64], .tanh)
    }
  }

  /// Control: with one inner step, Reptile is joint training of one network for all waves.
  @Test("Reptile fits a wave in five steps, and joint training does not")
  func reptileFitsAWave() throws {
    let (trained, joint) = (try reptile(steps: 5), try reptile(steps: 1))
    #expect(trained[5] < 0.6 * joint[5], "\(trained), joint \(joint)")
    #expect(trained[5] < 0.6 * trained[0], "\(trained)")
  }
}
