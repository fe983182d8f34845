import MetaRL
import Networks
import Tensors

extension ActorCriticMAML {
  /// The derivative of an inner step in the meta-gradient.
  public enum InnerDerivative: String, Codable, Sendable, CaseIterable {
    /// The product with the exact Hessian of its loss.
    case exact
    /// Nothing: the inner gradient is a constant (FOMAML; Finn et al., 2017).
    case firstOrder = "first-order"
    /// The inner gradient, number by number, in place of the Hessian: what the study's code calls MAML.
    case elementwise
  }

  /// The update of meta-parameters.
  public enum OuterUpdate: String, Codable, Sendable, CaseIterable {
    /// One step of Adam for the actor, one for the critic.
    case adam
    /// None: the initial networks stay.
    case none
  }

  /// The optimizer of agents' steps.
  public enum TestUpdate: String, Codable, Sendable, CaseIterable {
    /// As the inner steps of training are taken.
    case descent
    /// By Adam, which starts without memory in every lifetime.
    case adam
  }

  /// The settings; sources are the study's code.
  public struct Configuration: LearnerConfiguration {
    /// Size of the actor's inner step.
    public var innerActorStepSize = 0.0990
    /// Size of the critic's inner step.
    public var innerCriticStepSize = 0.1200
    /// Inner steps in meta-training.
    public var innerSteps = 1
    /// The derivative of an inner step in the meta-gradient.
    public var innerDerivative = InnerDerivative.exact
    /// The actor's objective in an inner step.
    public var innerObjective = MAML.InnerObjective.policyGradient
    /// Gradient steps taken on the data of one inner step.
    public var updatesPerInnerStep = 1
    /// Clipping of likelihood ratios: ε in the paper of PPO.
    public var ratioClip = 0.2
    /// Episodes played before each inner step, and in meta-training after the last.
    public var episodesPerInnerStep = 20
    /// Episodes an agent plays before each step at test; 0: `episodesPerInnerStep`.
    public var episodesPerTestStep = 40
    /// Tasks in a meta-batch.
    public var tasksPerBatch = 20
    /// The outer update.
    public var outerUpdate = OuterUpdate.adam
    /// Size of the actor's outer step.
    public var outerActorStepSize = 0.0028
    /// Size of the critic's outer step.
    public var outerCriticStepSize = 0.0039
    /// Iterations over which outer step sizes fall to nearly 0 along a cosine; 0: they stay.
    public var annealedIterations = 100
    /// The optimizer of agents' steps.
    public var testUpdate = TestUpdate.adam
    /// Size of the actor's first step of Adam at test.
    public var testActorStepSize = 0.0029
    /// Size of the critic's first step of Adam at test.
    public var testCriticStepSize = 0.0036
    /// Steps at test over which their sizes fall along a cosine; 0: they stay.
    public var annealedTestSteps = 3
    /// Widths of the hidden layers of either network.
    public var hiddenSizes = [100, 100]
    /// The function between layers.
    public var activation = Activation.relu
    /// The logarithm of the deviation of actions at the start.
    public var initialLogDeviation = -0.5
    /// Discount of rewards: γ.
    public var discount = 0.99
    /// Decay of generalized advantage estimates: λ.
    public var advantageDecay = 0.97

    /// The defaults.
    public init() {}

    /// Refuses settings that contradict each other.
    ///
    /// - Throws: `InvalidSettings`.
    func check() throws {
      guard innerDerivative == .elementwise, updatesPerInnerStep > 1 else { return }
      throw InvalidSettings(
        "innerDerivative elementwise supports one gradient step: updatesPerInnerStep is 1, not \(updatesPerInnerStep)"
      )
    }

    /// Episodes that an agent plays before each step.
    var episodesBeforeStepAtTest: Int { episodesPerTestStep > 0 ? episodesPerTestStep : episodesPerInnerStep }

    /// The settings.
    public static let settings: [Setting] = [
      Setting(
        "innerActorStepSize", "Size of the actor's inner step", .number(0...100), symbol: "α", source: study),
      Setting(
        "innerCriticStepSize", "Size of the critic's inner step", .number(0...100), symbol: "α", source: study),
      Setting(
        "innerSteps", "Inner steps in meta-training. 0: one policy for all tasks", .integer(0...20), source: study),
      Setting(
        "innerDerivative", "What an inner step contributes to the meta-gradient",
        .choice(InnerDerivative.allCases.map(\.rawValue)),
        source: "Finn et al. 2017; the study's code has elementwise, and calls it MAML"),
      Setting(
        "innerObjective", "The actor's objective in an inner step",
        .choice(MAML.InnerObjective.allCases.map(\.rawValue)), source: study),
      Setting(
        "updatesPerInnerStep", "Gradient steps on the data of one inner step", .integer(1...100), source: study),
      Setting(
        "ratioClip", "Clipping of likelihood ratios, with ppo", .numberAbove(0, through: 1), symbol: "ε",
        source: study),
      Setting(
        "episodesPerInnerStep", "Episodes before each inner step, and in meta-training after the last",
        .integer(1...10_000), symbol: "K", source: study),
      Setting(
        "episodesPerTestStep", "Episodes before each step at test. 0: as many as episodesPerInnerStep",
        .integer(0...10_000), source: study),
      Setting("tasksPerBatch", "Tasks in a meta-batch", .integer(1...10_000), source: study),
      Setting(
        "outerUpdate", "How meta-parameters are updated", .choice(OuterUpdate.allCases.map(\.rawValue)),
        source: study),
      Setting(
        "outerActorStepSize", "Size of the actor's outer step of Adam", .numberAbove(0, through: 10), symbol: "β",
        source: study),
      Setting(
        "outerCriticStepSize", "Size of the critic's outer step of Adam", .numberAbove(0, through: 10), symbol: "β",
        source: study),
      Setting(
        "annealedIterations", "Iterations over which outer step sizes fall along a cosine. 0: they stay",
        .integer(0...1_000_000), source: study),
      Setting(
        "testUpdate", "How agents take their steps: as in training (descent), or by Adam",
        .choice(TestUpdate.allCases.map(\.rawValue)), source: study),
      Setting(
        "testActorStepSize", "Size of the actor's first step at test, with adam", .number(0...10), source: study),
      Setting(
        "testCriticStepSize", "Size of the critic's first step at test, with adam", .number(0...10), source: study),
      Setting(
        "annealedTestSteps", "Steps at test over which their sizes fall along a cosine, with adam. 0: they stay",
        .integer(0...1_000_000), source: study),
      Setting(
        "hiddenSizes", "Widths of the hidden layers of either network", .integers(each: 1...4096, count: 0...8),
        source: study),
      Setting(
        "activation", "The function between layers", .choice(Activation.allCases.map(\.rawValue)), source: study),
      Setting(
        "initialLogDeviation", "The logarithm of the deviation of actions at the start", .number(-10...10),
        source: "Spinning Up"),
      Setting("discount", "Discount of rewards", .number(0...1), symbol: "γ", source: study),
      Setting(
        "advantageDecay", "Decay of generalised advantage estimates", .number(0...1), symbol: "λ", source: study),
    ]

    private static let study = "Schindler 2022"
  }
}
