import MetaRL
import Networks
import Tensors

extension PEARL {
  /// The source of z for each episode of a training task's rollout.
  package struct CollectionSchedule: Sendable, Hashable {
    private let horizon: Int
    private let prior: Int
    private let posterior: Int
    private let extra: Int

    /// Steps become as many episodes as last so long, if each lasts to the horizon; a visit has at least one.
    init(horizon: Int, priorSteps: Int, posteriorSteps: Int, extraSteps: Int) {
      self.horizon = horizon
      func count(_ steps: Int) -> Int { (steps + horizon - 1) / horizon }
      prior = max(count(priorSteps), posteriorSteps + extraSteps == 0 ? 1 : 0)
      (posterior, extra) = (count(posteriorSteps), count(extraSteps))
    }

    var episodeCount: Int { prior + posterior + extra }

    func episodes(in steps: Int) -> Int { max(1, (steps + horizon - 1) / horizon) }

    /// Whether the encoder is shown the episode, in training and in the rest of the visit.
    func showsEncoder(_ episode: Int) -> Bool { episode < prior + posterior }

    /// Whether z is drawn from the prior, as it is in every episode of the first phase and in the first of the others.
    func drawsFromPrior(_ episode: Int) -> Bool {
      episode <= prior || episode == prior + posterior
    }
  }

  /// The part of a learner that its agents need.
  package struct Model: Sendable {
    let networks: SoftActorCriticNetworks
    let encoder: ContextEncoder
    let configuration: Configuration
    let schedule: CollectionSchedule
    /// The parameters of policy and encoder.
    let theta: Parameters
  }

  /// Acts by the policy with a z that is constant in an episode, drawn from the posterior after earlier episodes.
  public struct LifetimeAgent: Agent {
    let model: Model
    /// Whether it plays for the replay buffers, by the schedule of a visit.
    private let collects: Bool
    /// The latent vector of each lane, row by row; in evaluation empty until the episode begins.
    package private(set) var z: [Float]
    /// The posterior of each lane's task.
    package private(set) var posteriors: [LatentPosterior]
    /// The encoder's input from the present episode, lane by lane.
    private var episode: [[Float]]
    /// The experience of the lifetime, by lane; only agents that collect data use it again.
    private var seen: [[Float]]
    private var episodesPlayed = 0

    package init(_ model: Model, collects: Bool = false, using random: LaneRandom) {
      self.model = model
      self.collects = collects
      posteriors = (0..<random.count).map { _ in model.encoder.prior }
      episode = Array(repeating: [], count: random.count)
      seen = episode
      z = []
      var birth = random.split("latent")
      if collects { drawLatents(using: &birth) }
    }

    /// Draws an action in every lane or, in evaluation once it has explored, takes that of the mean.
    public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      // In evaluation no sooner: each frozen copy that probes an agent draws its own z.
      if z.isEmpty {
        var beginning = random.split("latent")
        drawLatents(using: &beginning)
      }
      let latents = Tensor(z, shape: [posteriors.count, model.configuration.latentSize])
      let draws = collects || explores && model.configuration.explorationActions == .sampled
      return .continuous(
        model.networks.act(on: observations, latents, model.theta, draws: draws, using: &random))
    }

    /// Keeps the step, in live lanes; z stays as it is.
    public mutating func observe(_ transition: Transition) {
      model.encoder.write(transition, to: &episode)
    }

    /// Infers what the episode tells of the task, and draws z for the next one.
    public mutating func endEpisode(using random: inout LaneRandom) {
      let shown = model.configuration.shownEpisodes
      let isShown =
        collects ? model.schedule.showsEncoder(episodesPlayed) : shown == 0 || episodesPlayed < shown
      for lane in episode.indices {
        if isShown, collects { seen[lane].append(contentsOf: episode[lane]) }
      }
      episodesPlayed += 1
      if collects {
        posteriors = posteriors.map { _ in model.encoder.prior }
        if !model.schedule.drawsFromPrior(episodesPlayed) { include(contexts(using: random.split("context"))) }
      } else if isShown {
        // All that was ever shown counts, that of exploration too.
        include(episode)
      }
      for lane in episode.indices { episode[lane].removeAll(keepingCapacity: true) }
      z = []
      if collects { drawLatents(using: &random) }
    }

    /// Whether the lifetime is still for exploration.
    private var explores: Bool {
      !collects && episodesPlayed < model.configuration.explorationEpisodes
    }

    /// Contexts like those of training: a number of experienced steps, drawn with replacement.
    private func contexts(using random: LaneRandom) -> [[Float]] {
      let (size, count) = (model.encoder.inputSize, model.configuration.contextSize)
      return seen.indices.map { lane in
        let steps = seen[lane].count / size
        guard steps > 0 else { return [] }
        var stream = random[lane]
        return (0..<count).flatMap { _ -> ArraySlice<Float> in
          let step = stream.integer(below: steps)
          return seen[lane][step * size..<(step + 1) * size]
        }
      }
    }

    /// Multiplies the factors of some steps of each lane in.
    private mutating func include(_ steps: [[Float]]) {
      let (size, latent) = (model.encoder.inputSize, model.configuration.latentSize)
      let counts = steps.map { $0.count / size }
      let total = counts.reduce(0, +)
      guard total > 0 else { return }
      let inputs = Tensor(steps.flatMap { $0 }, shape: [total, size])
      let factors = model.encoder.factors(inputs, model.theta)
      let (means, variances) = (factors.means.floats, factors.variances.floats)
      var row = 0
      for (lane, count) in counts.enumerated() {
        for _ in 0..<count {
          let part = row * latent..<(row + 1) * latent
          posteriors[lane].include(means: means[part], variances: variances[part])
          row += 1
        }
      }
    }

    /// Draws z in every lane: from the prior while the lifetime is for exploration, then from the posterior.
    private mutating func drawLatents(using random: inout LaneRandom) {
      let size = model.configuration.latentSize
      let noise = random.normals(perLane: size)
      z = posteriors.enumerated().flatMap { lane, posterior in
        (explores ? model.encoder.prior : posterior).sample(noise[lane * size..<(lane + 1) * size])
      }
    }
  }
}
