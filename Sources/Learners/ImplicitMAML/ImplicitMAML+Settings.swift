import MetaRL
import Tensors

extension ImplicitMAML {
  /// How the outer loss is differentiated with respect to the meta-parameters.
  public enum OuterDerivative: String, Codable, Sendable, CaseIterable {
    /// Where the inner solver arrived, by conjugate gradients.
    case implicit
    /// Through every inner step, as MAML has it: memory grows with them.
    case unrolled
  }

  /// The solver of inner problems.
  public enum InnerSolver: String, Codable, Sendable, CaseIterable {
    /// Gradient descent with a fixed step size.
    case descent
    /// Gauss-Newton steps by conjugate gradients, with a line search.
    case hessianFree = "hessian-free"
  }

  /// The settings.
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public struct Configuration: LearnerConfiguration {
    @Setting(
      "Weight of half the squared distance to the meta-parameters", above: 0, through: 1e6, symbol: "λ",
      source: "a choice of ours; with 1, as in the authors' code, the linear system of sine waves is not positive")
    public var regularization = 10.0
    @Setting("Whether that weight is learned, too", source: "authors' code")
    public var learnsRegularization = false
    @Setting("The solver of inner problems", source: "Rajeswaran et al. 2019, section 4.2, has both")
    public var innerSolver = InnerSolver.descent
    @Setting(
      "Size of an inner step, with descent", 0...100, symbol: "α",
      source: "a choice of ours: larger steps diverge on sine waves")
    public var innerStepSize = 0.005
    @Setting("The most inner steps in meta-training", 1...10_000, source: "Rajeswaran et al. 2019, section 4.2")
    public var innerSteps = 16
    @Setting(
      "The length of the inner gradient of all tasks at which the solver stops. 0: it takes all steps", 0...1e6,
      symbol: "δ", source: "authors' code")
    public var innerTolerance = 0.0
    @Setting(
      "How the outer loss is differentiated: where the inner solver arrived, or through its steps",
      source: "Rajeswaran et al. 2019, section 3")
    public var outerDerivative = OuterDerivative.implicit
    @Setting(
      "The most products with the Gauss-Newton matrix in an inner step, with hessian-free", 1...1000,
      source: "Rajeswaran et al. 2019, section 4.2")
    public var productsPerInnerStep = 5
    @Setting("The most products with the Hessian", 1...1000, source: "a choice of ours; the authors' code has 5")
    public var conjugateGradientIterations = 10
    @Setting("Added to the identity in the linear system", 0...1e6, source: "the paper; the authors' code has 1")
    public var damping = 0.0
    @Setting(
      "Episodes with the points that are fitted in meta-training, and of the outer loss", 1...10_000,
      source: "a choice of ours: as many points as at test")
    public var episodesPerInnerStep = 1
    @Setting(
      "Inner steps of an agent after every episode", 0...10_000, source: "a choice of ours: as many as in training")
    public var stepsPerEpisode = 16
    @Setting("Which points an agent adapts to", source: "Finn et al. 2017, section 5.1")
    public var pointsAtTest = RegressionAgent.Points.firstEpisode
    @Setting("Tasks in a meta-batch", 1...10_000, source: "Finn et al. 2017, authors' code")
    public var tasksPerBatch = 25
    @Setting("Size of a step of Adam", above: 0, through: 10, symbol: "η", source: "authors' code")
    public var outerStepSize = 1e-3
    @Setting("Widths of the hidden layers", each: 1...4096, count: 0...8, source: "Finn et al. 2017, section 5.1")
    public var hiddenSizes = [40, 40]
    @Setting("The function between layers", source: "Finn et al. 2017, section 5.1")
    public var activation = Activation.relu

    /// The defaults.
    public init() {}

    /// Refuses settings that contradict each other.
    ///
    /// - Throws: `SettingsError`.
    func check() throws {
      guard outerDerivative == .unrolled else { return }
      if innerSolver == .hessianFree {
        throw SettingsError(
          "innerSolver=hessian-free has no steps that outerDerivative=unrolled could differentiate: --set innerSolver=descent"
        )
      }
      if learnsRegularization {
        throw SettingsError(
          "learnsRegularization is true, and outerDerivative unrolled: the derivative with respect to λ is an implicit one; "
            + "--set outerDerivative=implicit has it")
      }
    }
  }
}
