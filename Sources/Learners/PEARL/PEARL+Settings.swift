import MetaRL
import Networks
import Tensors

extension PEARL {
  /// The actions of exploring agents in evaluation.
  public enum ExplorationActions: String, Codable, Sendable, CaseIterable {
    /// By the mean of the policy, as in all other episodes.
    case mean
    /// By draws from the policy, as in training.
    case sampled
  }

  public struct Configuration: LearnerConfiguration {
    @Setting(
      "How states are valued: by a separate network (v1), or by target networks of the critics (v2)", source: code)
    public var form = SoftActorCriticNetworks.Form.value
    @Setting("Numbers of the latent vector", 1...1024, source: code)
    public var latentSize = 5
    @Setting("Widths of the hidden layers of policy, critics and value", each: 1...4096, count: 0...8, source: code)
    public var hiddenSizes = [300, 300, 300]
    @Setting("Widths of the hidden layers of the encoder", each: 1...4096, count: 0...8, source: code)
    public var encoderSizes = [200, 200, 200]
    @Setting("Training tasks, a fixed set; fewer where a family has fewer", 1...100_000, source: pointRobot)
    public var trainingTasks = 80
    @Setting(
      "Environment steps in each training task before the first iteration, with z from the prior; here and below, the number of episodes that take N steps if they last to their horizon",
      1...10_000_000, source: code)
    public var initialSteps = 2000
    @Setting("Tasks that are visited in an iteration", 1...10_000, source: code)
    public var tasksPerIteration = 5
    @Setting(
      "Environment steps of a visit with z from the prior, shown to the encoder", 0...10_000_000, source: code)
    public var priorSteps = 400
    @Setting(
      "Environment steps of a visit with z from the posterior, shown to the encoder", 0...10_000_000, source: code)
    public var posteriorSteps = 0
    @Setting(
      "Environment steps of a visit with z from the posterior, not shown to the encoder", 0...10_000_000,
      source: code)
    public var extraSteps = 400
    @Setting("Updates in an iteration", 1...1_000_000, source: code)
    public var updatesPerIteration = 2000
    @Setting("Tasks in a meta-batch", 1...10_000, source: code)
    public var tasksPerBatch = 16
    @Setting("Steps of each task in an update", 1...1_000_000, source: code)
    public var batchSize = 256
    @Setting("Steps of each task in a context", 1...1_000_000, source: code)
    public var contextSize = 64
    @Setting(
      "Episodes of the last rollout, drawn again for each context, that its steps are drawn from. 0: all of them",
      0...10_000, source: code + ": all of them")
    public var contextEpisodes = 0
    @Setting(
      "Observations that are kept of each training task, one more than steps for each episode; one takes 4 bytes for each of its numbers, those of an action, and 3 more",
      2...100_000_000, source: code)
    public var replayCapacity = 1_000_000
    @Setting(
      "Weight of the posterior's divergence from the prior, summed over the meta-batch", 0...1000, symbol: "β",
      source: code)
    public var divergenceWeight = 0.1
    @Setting("Discount of rewards", 0...1, symbol: "γ", source: code)
    public var discount = 0.99
    @Setting("Multiplies rewards where values are learned", above: 0, through: 1e6, source: code)
    public var rewardScale = 5.0
    @Setting("Weight of the entropy, or what it starts with", above: 0, through: 1e6, symbol: "α", source: code)
    public var temperature = 1.0
    @Setting(
      "Whether the temperature is learned, with minus the size of an action as the target entropy", source: code)
    public var learnsTemperature = false
    @Setting(
      "Share of the way that slow copies follow in an update", above: 0, through: 1, symbol: "τ", source: code)
    public var targetRate = 0.005
    @Setting("Size of a step of Adam", above: 0, through: 10, source: code)
    public var stepSize = 3e-4
    @Setting(
      "Iterations over which stepSize falls along a cosine. 0: it stays", 0...1_000_000,
      source: code + ": it stays")
    public var annealedIterations = 0
    @Setting(
      "Weight of the mean squares of the policy's means and logarithms of deviations", 0...1000, source: code)
    public var policyRegularization = 1e-3
    @Setting(
      "First episodes of a lifetime in evaluation that are played with z from the prior", 0...100_000, source: code)
    public var explorationEpisodes = 1
    @Setting(
      "How agents act in those episodes",
      source: "sampled: a mean shows the encoder one path where all episodes begin at one place; " + code
        + " (mean)")
    public var explorationActions = ExplorationActions.sampled
    @Setting(
      "Episodes of a lifetime, from the first on, that the encoder is shown in evaluation. 0: all of them",
      0...100_000, source: code + ", whose lifetimes end there")
    public var shownEpisodes = 20
    @Setting("The reward channel that values and policy are trained on", source: "the family's reported channel")
    public var trainingReward = RewardChoice.reported
    @Setting("The reward channel that the encoder sees", source: "the family's reported channel")
    public var contextReward = RewardChoice.reported
    @Setting(
      "Whether the encoder sees the observation after a step",
      source: "false, where tasks differ in rewards; " + code + " has true where they differ in dynamics")
    public var seesNextObservations = false
    @Setting(
      "Whether a step tells a mean and a variance, or a point", source: paper + "; deterministic: its ablation")
    public var context = LatentPosterior.Kind.gaussian
    @Setting("Whether the prior is a factor of the posterior", source: code)
    public var hasPriorFactor = false
    @Setting("Whether the encoder is shown anything but zeros", source: paper + "; false: a control")
    public var seesContext = true

    public init() {}

    /// Refuses settings that contradict each other.
    ///
    /// - Throws: `SettingsError`.
    func check(for spec: EnvironmentSpec) throws {
      guard priorSteps + posteriorSteps > 0 || extraSteps == 0 else {
        throw SettingsError(
          "with only extraSteps the encoder has no context: set priorSteps or posteriorSteps above 0"
        )
      }
      let visit = CollectionSchedule(
        horizon: spec.horizon, priorSteps: priorSteps, posteriorSteps: posteriorSteps, extraSteps: extraSteps)
      let needed = visit.episodeCount * (spec.horizon + 1)
      guard replayCapacity >= needed else {
        throw SettingsError(
          "a visit to a task leaves \(needed) observations, and replayCapacity is \(replayCapacity): make it at least that"
        )
      }
    }

    /// The options of an iteration's updates.
    func options(iteration: Int) -> SoftActorCriticUpdate.Options {
      var options = SoftActorCriticUpdate.Options()
      options.discount = discount
      options.rewardScale = rewardScale
      options.temperature = temperature
      options.learnsTemperature = learnsTemperature
      options.targetRate = targetRate
      options.stepSize = annealed(iteration, of: annealedIterations) * stepSize
      options.policyRegularization = policyRegularization
      return options
    }

    private static let paper = "Rakelly et al. 2019"
    private static let code = "Rakelly et al. 2019, authors' code"
    private static let pointRobot = "Rakelly et al. 2019, authors' code, point-robot"
  }
}
