import Learners
import MetaRL
import Networks
import Tensors

/// Moves an initial policy towards what fine-tuning makes of it, task after task.
///
/// Reptile (Nichol, Achiam & Schulman, 2018, arXiv:1803.02999, Algorithm 2) with policy-gradient steps: the example of
/// the guide on writing a learner.
struct Reptile: MetaLearner {
  struct Configuration: LearnerConfiguration {
    var innerStepSize = 0.3
    var innerSteps = 3
    var episodesPerInnerStep = 10
    var tasksPerBatch = 10
    var outerStepSize = 0.5
    static let settings: [Setting] = [
      Setting("innerStepSize", "size of an inner step", .number(0...100), symbol: "α", source: "a guess"),
      Setting("innerSteps", "inner steps in meta-training", .integer(1...20), symbol: "k", source: "a guess"),
      Setting("episodesPerInnerStep", "episodes before each inner step", .integer(1...1000), source: "a guess"),
      Setting("tasksPerBatch", "tasks in an iteration", .integer(1...1000), symbol: "n", source: "a guess"),
      Setting(
        "outerStepSize", "share of the way to the tuned policies", .number(0...1), symbol: "ε", source: "a guess"),
    ]
  }

  let configuration: Configuration
  let spec: EnvironmentSpec
  let policy: StochasticPolicy
  var theta: Parameters

  init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    (self.configuration, self.spec) = (configuration, spec)
    policy = StochasticPolicy(for: spec, hiddenSizes: [32, 32], activation: .tanh)
    theta = policy.makeParameters(using: random)
  }

  mutating func metaTrain(_ session: inout TrainingSession) throws {
    let (c, learner) = (configuration, self)
    let tasks = session.sampleTasks(c.tasksPerBatch)
    var phi = tasks.map { _ in learner.theta }
    for step in 0..<c.innerSteps {
      let phase = "inner step \(step)"
      let played = try session.play(on: tasks, episodes: c.episodesPerInnerStep, phase: phase) { [phi] task, _ in
        PolicyAgent(learner.policy, phi[task])
      }
      let batches = try session.workers.map(tasks.count) { [phi] in learner.batch(played[$0], playedWith: phi[$0]) }
      phi = try session.workers.map(tasks.count) { [phi] in learner.innerStep(phi[$0], batches[$0]) }
      session.log("return\(step)", batches.map(\.meanReturn).reduce(0, +) / Double(tasks.count))
    }
    // θ ← θ + ε/n Σ (φ - θ)
    theta = theta + c.outerStepSize * (Parameters.mean(phi) - theta)
    guard theta.isFinite else {
      throw TrainingFailure("iteration \(session.iteration) gave parameters that are not finite")
    }
  }

  private func batch(_ episodes: [Episode], playedWith phi: Parameters) -> EpisodeBatch {
    EpisodeBatch(
      episodes, reward: spec.reportedReward, discount: 0.99, lambda: 1, policy: policy, parameters: phi)
  }

  /// φ ← φ - α ∇L(φ), where L is minus the mean of advantages times log-probabilities.
  private func innerStep(_ phi: Parameters, _ batch: EpisodeBatch) -> Parameters {
    let gradient = valueAndGradient(at: phi) { phi in
      -(batch.weights * policy(batch.observations, phi).logProbability(of: batch.actions)).sum()
    }.gradient
    return phi - configuration.innerStepSize * gradient
  }

  func makeAgent(mode: AgentMode, using random: LaneRandom) -> LifetimeAgent {
    LifetimeAgent(
      learner: self, phi: Array(repeating: theta, count: random.count),
      recorder: EpisodeRecorder(laneCount: random.count), recent: Array(repeating: [], count: random.count))
  }

  struct LifetimeAgent: Agent {
    let learner: Reptile
    /// The parameters of each lane.
    var phi: [Parameters]
    var recorder: EpisodeRecorder
    /// The episodes since the last inner step, `[lane][episode]`.
    var recent: [[Episode]]

    mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      sample(phi.indices.map { learner.policy(observations.slice($0..<$0 + 1), phi[$0]) }, using: &random)
    }

    mutating func observe(_ transition: Transition) { recorder.append(transition) }

    mutating func endEpisode(using random: inout LaneRandom) throws {
      for (lane, episode) in recorder.finish().enumerated() { recent[lane].append(episode) }
      guard recent.first?.count == learner.configuration.episodesPerInnerStep else { return }
      for lane in phi.indices {
        phi[lane] = learner.innerStep(phi[lane], learner.batch(recent[lane], playedWith: phi[lane]))
        guard phi[lane].isFinite else { throw TrainingFailure("an inner step gave parameters that are not finite") }
      }
      recent = recent.map { _ in [] }
    }
  }
}
