import MetaRL
import Tensors

extension ImplicitMAML {
  /// The derivative of the outer loss with respect to the meta-parameters.
  public enum OuterDerivative: String, Codable, Sendable, CaseIterable {
    /// The implicit derivative at the inner solution, by conjugate gradients.
    case implicit
    /// Backpropagation through every inner step, as in MAML: memory grows with the number of steps.
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
      "Weight of the proximal term, half the squared distance to the meta-parameters", 1e-6...1e6,
      symbol: "λ",
      source:
        "our choice; with the authors' code's 1, the linear systems of sine waves are often not positive definite")
    public var regularization = 8.0
    @Setting("Whether the weight of the proximal term is learned", source: "authors' code")
    public var learnsRegularization = false
    @Setting("The solver of inner problems", source: "Rajeswaran et al. 2019, section 4.2, has both")
    public var innerSolver = InnerSolver.hessianFree
    @Setting(
      "Size of an inner step, with descent", 0...100, symbol: "α",
      source: "our choice: larger steps diverge on sine waves")
    public var innerStepSize = 0.005
    @Setting(
      "Maximum number of inner steps in meta-training", 1...10_000,
      source: "our choice; the authors' code has 16 of descent")
    public var innerSteps = 4
    @Setting(
      "Norm of the inner gradient of all tasks below which descent stops. 0: it takes all steps", 0...1e6,
      symbol: "δ", source: "authors' code")
    public var innerTolerance = 0.0
    @Setting(
      "How the outer loss is differentiated: implicitly at the inner solution, or through the inner steps",
      source: "Rajeswaran et al. 2019, section 3")
    public var outerDerivative = OuterDerivative.implicit
    @Setting(
      "Maximum number of products with the Gauss-Newton matrix in an inner step, with hessian-free", 1...1000,
      source: "Rajeswaran et al. 2019, section 4.2")
    public var productsPerInnerStep = 5
    @Setting("Maximum number of products with the Hessian", 1...1000, source: "our choice; the authors' code has 5")
    public var conjugateGradientIterations = 10
    @Setting(
      "Damping that is added to the identity in the linear system", 0...1e6,
      source: "the paper; the authors' code has 1")
    public var damping = 0.0
    @Setting(
      "Episodes with the points of the inner problem in meta-training, and as many of the outer loss", 1...10_000,
      source: "our choice: as many points as at test")
    public var episodesPerInnerStep = 1
    @Setting(
      "Inner steps of an agent after every episode", 0...10_000, source: "our choice: as many as in training")
    public var stepsPerEpisode = 4
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
          "learnsRegularization needs outerDerivative=implicit, which gives the derivative with respect to λ, and "
            + "outerDerivative is unrolled: --set outerDerivative=implicit")
      }
    }
  }
}
