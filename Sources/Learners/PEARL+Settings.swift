import MetaRL
import Networks
import Tensors

extension PEARL {
  /// The actions of exploring agents in evaluation.
  public enum ExplorationActions: String, Codable, Sendable, CaseIterable {
    /// By the mean of the policy, as in all other episodes.
    case mean
    /// By draws from the policy.
    case sampled
  }

  /// The settings of PEARL.
  public struct Configuration: LearnerConfiguration {
    /// The estimator of state values.
    public var form = SoftActorCriticNetworks.Form.value
    /// Numbers of the latent vector.
    public var latentSize = 5
    /// Widths of the hidden layers of policy, critics and value.
    public var hiddenSizes = [300, 300, 300]
    /// Widths of the hidden layers of the encoder.
    public var encoderSizes = [200, 200, 200]
    /// Training tasks, a fixed set; fewer where a family has fewer.
    public var trainingTasks = 80
    /// Environment steps in each training task before the first iteration, with z from the prior.
    public var initialSteps = 2000
    /// Tasks that are visited in an iteration.
    public var tasksPerIteration = 5
    /// Environment steps of a visit with z from the prior; the encoder is shown them.
    public var priorSteps = 400
    /// Environment steps of a visit with z from the posterior; the encoder is shown them.
    public var posteriorSteps = 0
    /// Environment steps of a visit with z from the posterior; the encoder is not shown them.
    public var extraSteps = 400
    /// Updates in an iteration.
    public var updatesPerIteration = 2000
    /// Tasks in a meta-batch.
    public var tasksPerBatch = 16
    /// Steps of each task in an update of the networks.
    public var batchSize = 256
    /// Steps of each task in a context.
    public var contextSize = 64
    /// Episodes of the last rollout, drawn again for each context, that its steps are drawn from; 0: all of them.
    public var contextEpisodes = 0
    /// Observations that are kept of each training task, one more than steps for each episode; the oldest make room.
    public var replayCapacity = 1_000_000
    /// Weight of the divergence of the posterior from the prior, summed over the meta-batch: β in the paper.
    public var divergenceWeight = 0.1
    /// Discount of rewards: γ.
    public var discount = 0.99
    /// Multiplies rewards where values are learned.
    public var rewardScale = 5.0
    /// Weight of the entropy, or what it starts with: α.
    public var temperature = 1.0
    /// Whether the temperature is learned.
    public var learnsTemperature = false
    /// Share of the way that slow copies follow in an update: τ.
    public var targetRate = 0.005
    /// Size of a step of Adam.
    public var stepSize = 3e-4
    /// Iterations over which the size of a step falls to nearly 0 along a cosine; 0: it stays.
    public var annealedIterations = 0
    /// Weight of the squares of the policy's outputs.
    public var policyRegularization = 1e-3
    /// Episodes of a lifetime, from the first on, that are played with z from the prior, in evaluation.
    public var explorationEpisodes = 1
    /// The actions of agents in those episodes.
    public var explorationActions = ExplorationActions.sampled
    /// Episodes of a lifetime, from the first on, that the encoder is shown in evaluation; 0: all of them.
    public var shownEpisodes = 20
    /// The reward channel that values are learned from.
    public var trainingReward = RewardChoice.reported
    /// The reward channel that the encoder sees.
    public var contextReward = RewardChoice.reported
    /// Whether the encoder sees the observation after a step.
    public var seesNextObservations = false
    /// The form of a step's factor.
    public var context = LatentPosterior.Kind.gaussian
    /// Whether the prior is a factor of the posterior.
    public var hasPriorFactor = false
    /// Whether the encoder is shown anything; otherwise it sees zeros.
    public var seesContext = true

    /// The defaults.
    public init() {}

    /// Refuses settings that contradict each other.
    ///
    /// - Throws: `InvalidSettings`.
    func check(for spec: EnvironmentSpec) throws {
      guard priorSteps + posteriorSteps > 0 || extraSteps == 0 else {
        throw InvalidSettings(
          "with only extraSteps the encoder has no context: set priorSteps or posteriorSteps above 0"
        )
      }
      let visit = CollectionSchedule(
        horizon: spec.horizon, priorSteps: priorSteps, posteriorSteps: posteriorSteps, extraSteps: extraSteps)
      let needed = visit.episodeCount * (spec.horizon + 1)
      guard replayCapacity >= needed else {
        throw InvalidSettings(
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

    /// The settings.
    public static let settings: [Setting] = [
      Setting(
        "form", "How states are valued: by a separate network (v1), or by target networks of the critics (v2)",
        .choice(SoftActorCriticNetworks.Form.allCases.map(\.rawValue)), source: code),
      Setting("latentSize", "Numbers of the latent vector", .integer(1...1024), source: code),
      Setting(
        "hiddenSizes", "Widths of the hidden layers of policy, critics and value",
        .integers(each: 1...4096, count: 0...8), source: code),
      Setting(
        "encoderSizes", "Widths of the hidden layers of the encoder", .integers(each: 1...4096, count: 0...8),
        source: code),
      Setting(
        "trainingTasks", "Training tasks, a fixed set; fewer where a family has fewer", .integer(1...100_000),
        source: pointRobot),
      Setting(
        "initialSteps",
        "Environment steps in each training task before the first iteration, with z from the prior; here and below, the number of episodes that take N steps if they last to their horizon",
        .integer(1...10_000_000), source: code),
      Setting("tasksPerIteration", "Tasks that are visited in an iteration", .integer(1...10_000), source: code),
      Setting(
        "priorSteps", "Environment steps of a visit with z from the prior, shown to the encoder",
        .integer(0...10_000_000), source: code),
      Setting(
        "posteriorSteps", "Environment steps of a visit with z from the posterior, shown to the encoder",
        .integer(0...10_000_000), source: code),
      Setting(
        "extraSteps", "Environment steps of a visit with z from the posterior, not shown to the encoder",
        .integer(0...10_000_000), source: code),
      Setting("updatesPerIteration", "Updates in an iteration", .integer(1...1_000_000), source: code),
      Setting("tasksPerBatch", "Tasks in a meta-batch", .integer(1...10_000), source: code),
      Setting("batchSize", "Steps of each task in an update", .integer(1...1_000_000), source: code),
      Setting("contextSize", "Steps of each task in a context", .integer(1...1_000_000), source: code),
      Setting(
        "contextEpisodes",
        "Episodes of the last rollout, drawn again for each context, that its steps are drawn from. 0: all of them",
        .integer(0...10_000), source: code + ": all of them"),
      Setting(
        "replayCapacity",
        "Observations that are kept of each training task, one more than steps for each episode; one takes 4 bytes for each of its numbers, those of an action, and 3 more",
        .integer(2...100_000_000), source: code),
      Setting(
        "divergenceWeight", "Weight of the posterior's divergence from the prior, summed over the meta-batch",
        .number(0...1000), symbol: "β", source: code),
      Setting("discount", "Discount of rewards", .number(0...1), symbol: "γ", source: code),
      Setting(
        "rewardScale", "Multiplies rewards where values are learned", .numberAbove(0, through: 1e6), source: code),
      Setting(
        "temperature", "Weight of the entropy, or what it starts with", .numberAbove(0, through: 1e6), symbol: "α",
        source: code),
      Setting(
        "learnsTemperature",
        "Whether the temperature is learned, with minus the size of an action as the target entropy", .boolean,
        source: code),
      Setting(
        "targetRate", "Share of the way that slow copies follow in an update", .numberAbove(0, through: 1),
        symbol: "τ", source: code),
      Setting("stepSize", "Size of a step of Adam", .numberAbove(0, through: 10), source: code),
      Setting(
        "annealedIterations", "Iterations over which stepSize falls along a cosine. 0: it stays",
        .integer(0...1_000_000), source: code + ": it stays"),
      Setting(
        "policyRegularization", "Weight of the mean squares of the policy's means and logarithms of deviations",
        .number(0...1000), source: code),
      Setting(
        "explorationEpisodes", "First episodes of a lifetime in evaluation that are played with z from the prior",
        .integer(0...100_000), source: code),
      Setting(
        "explorationActions", "How agents act in those episodes",
        .choice(ExplorationActions.allCases.map(\.rawValue)),
        source: "sampled: a mean shows the encoder one path where all episodes begin at one place; " + code
          + " (mean)"
      ),
      Setting(
        "shownEpisodes",
        "Episodes of a lifetime, from the first on, that the encoder is shown in evaluation. 0: all of them",
        .integer(0...100_000), source: code + ", whose lifetimes end there"),
      Setting(
        "trainingReward", "The reward channel that values and policy are trained on",
        .choice(RewardChoice.allCases.map(\.rawValue)), source: "the family's reported channel"),
      Setting(
        "contextReward", "The reward channel that the encoder sees", .choice(RewardChoice.allCases.map(\.rawValue)),
        source: "the family's reported channel"),
      Setting(
        "seesNextObservations", "Whether the encoder sees the observation after a step", .boolean,
        source: "false, where tasks differ in rewards; " + code + " has true where they differ in dynamics"),
      Setting(
        "context", "Whether a step tells a mean and a variance, or a point",
        .choice(LatentPosterior.Kind.allCases.map(\.rawValue)),
        source: paper + "; deterministic: its ablation"),
      Setting(
        "hasPriorFactor", "Whether the prior is a factor of the posterior", .boolean, source: code),
      Setting(
        "seesContext", "Whether the encoder is shown anything but zeros", .boolean,
        source: paper + "; false: a control"),
    ]
  }
}
