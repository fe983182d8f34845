import MetaRL
import Networks
import Tensors

/// Meta-gradient reinforcement learning (Xu, van Hasselt & Silver, 2018, arXiv:1805.09801).
///
/// An actor-critic that tunes the discount γ and the decay λ of its λ-returns during training. The updated policy is evaluated
/// by an outer return with fixed γ' and λ' on separate episodes, and the gradient of this outer objective is backpropagated
/// through the update to γ and λ.
///
/// Departs from the paper: steps are plain gradient descent, whose size does not depend on γ and λ; no trace of older steps is
/// kept (μ = 0, as in the paper's experiments). A batch is whole episodes, and the value beyond the horizon is 0. The outer
/// return has λ' = 1 and a separate critic: if it bootstraps from the inner critic, whose values are discounted by γ, the
/// gradient drives γ to its lower bound.
///
/// Logs: discount, decay, returnBefore, returnAfter, metaGradient (its norm), outerAdvantage (its mean, near 0 unless values
/// are biased).
public struct MetaGradientActorCritic: MetaLearner {
  let configuration: Configuration
  let spec: EnvironmentSpec
  package let actor: StochasticPolicy
  /// The value network; nil with `Critic.observationMeans`.
  package let critic: MLP?
  /// The value network of the outer return, if it has a separate one.
  let outerCritic: MLP?
  /// The parameters of the networks: θ in the paper.
  package var theta: Parameters
  /// Unconstrained numbers, of which the learned ones of γ and λ are functions.
  package var free: Parameters
  var optimizer: Adam

  /// Trained state.
  public struct State: Codable, Sendable {
    var theta: Parameters
    var free: GradientState
  }

  /// Trained state.
  public var state: State {
    get { State(theta: theta, free: GradientState(free, optimizer)) }
    set { (theta, free, optimizer) = (newValue.theta, newValue.free.theta, newValue.free.optimizer) }
  }

  /// Whether a stored state fits networks with these settings.
  public func canContinue(from state: State) -> Bool {
    state.theta.hasForm(of: theta) && state.free.hasForm(of: GradientState(free, optimizer))
  }

  /// Initializes the networks at random.
  ///
  /// - Throws: `SettingsError` for settings that contradict each other.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    try configuration.check()
    let c = configuration
    self.configuration = c
    self.spec = spec
    let inputs = spec.observationSize + c.embeddingSize
    actor = StochasticPolicy(
      observationSize: inputs, head: StochasticPolicy.Head(for: spec.actionSpace), hiddenSizes: c.hiddenSizes,
      activation: c.activation)
    func makeCritic(_ prefix: String) -> MLP {
      MLP(sizes: [inputs] + c.hiddenSizes + [1], activation: c.activation, prefix: prefix)
    }
    critic = c.critic == .network ? makeCritic("critic.") : nil
    outerCritic = c.critic == .network && c.outerCritic == .own ? makeCritic("outerCritic.") : nil
    theta = actor.makeParameters(using: random.split("actor"))
    if let critic { theta = theta.merging(critic.makeParameters(using: random.split("critic"))) }
    if let outerCritic { theta = theta.merging(outerCritic.makeParameters(using: random.split("outer critic"))) }
    if c.embeddingSize > 0 {
      let weights = random.split("embedding").drawn(2 * c.embeddingSize)
      theta = theta.merging(
        Parameters(names: [Self.embedding], tensors: [Tensor(weights, shape: [2, c.embeddingSize])]))
    }
    free = c.initialFreeNumbers
    optimizer = Adam(stepSize: c.metaStepSize)
  }

  private static let embedding = "embedding.weights"

  /// One step of the actor and the critics, and one of γ and λ: section 1.2 of the paper.
  public mutating func metaTrain(_ session: inout TrainingSession) throws {
    let c = configuration
    // τ ← episodes of π_θ(·|·, η).
    let first = try collect(&session, with: theta, returnParameters(free), phase: "inner")
    // θ' ← θ + f(τ, θ, η), with a history that begins at the free numbers.
    let leaves = free.asLeaves
    let next = step(from: theta, on: first, returnParameters(leaves))
    guard next.isFinite else { throw TrainingError("the step of iteration \(session.iteration) is not finite") }
    session.log("discount", returnParameters(free).discount.scalar)
    session.log("decay", returnParameters(free).decay.scalar)
    session.log("returnBefore", first.meanReturn)
    if c.metaStepSize > 0 {
      // τ' ← separate episodes of π_θ'.
      let second = try collect(&session, with: next.detached, c.outerReturn, phase: "outer")
      // ∂J'(τ', θ', η')/∂θ' · dθ'/dη~, by backpropagation through the history of θ'.
      let judged = assessed(
        second, by: outerCritic ?? critic, c.outerReturn, next.detached, seen: c.outerReturn,
        expecting: c.outerCritic == .own ? c.outerReturn : returnParameters(free))
      let direction = outerGradient(second, judged, at: next.detached)
      let way = Pullback(of: next.tensors, to: leaves.tensors)
      let metaGradient = Parameters(names: free.names, tensors: way(direction.tensors))
      // η~ ← Adam(η~): gradient ascent.
      optimizer.update(&free, along: -1 * metaGradient)
      guard free.isFinite else {
        throw TrainingError("the meta-gradient of iteration \(session.iteration) is not finite")
      }
      session.log("returnAfter", second.meanReturn)
      session.log("metaGradient", metaGradient.dot(metaGradient).squareRoot())
      session.log("outerAdvantage", (judged.returns - judged.values).mean().scalar)
    }
    // θ ← θ'.
    theta = next.detached
  }

  /// Agents that act by the policy and do not adapt: only training tunes γ and λ.
  public func makeAgent(using random: LaneRandom) -> PolicyAgent {
    agent(with: theta, returnParameters(free), lanes: random.count)
  }

  private func collect(
    _ session: inout TrainingSession, with theta: Parameters, _ eta: ReturnParameters, phase: String
  ) throws -> EpisodeTable {
    let learner = self
    let tasks = session.sampleTasks(configuration.episodesPerStep)
    let played = try session.playLifetimes(on: tasks, episodes: 1, phase: phase) {
      learner.agent(with: theta, eta, lanes: $0.count)
    }
    return EpisodeTable(played.flatMap { $0.episodes.joined() }, reward: configuration.trainingReward)
  }

  private func agent(with theta: Parameters, _ eta: ReturnParameters, lanes: Int) -> PolicyAgent {
    PolicyAgent(actor, theta, latents: embedded(eta, theta).map { $0.broadcast(to: [lanes, $0.shape[1]]) })
  }
}

/// The discount and the decay of a return, η in the paper; each of shape `[1, 1]`.
package struct ReturnParameters: Sendable {
  /// γ in the paper.
  package var discount: Tensor
  /// λ in the paper.
  package var decay: Tensor

  /// Reshapes scalars, and keeps their history.
  package init(discount: Tensor, decay: Tensor) {
    self.discount = discount.reshaped([1, 1])
    self.decay = decay.reshaped([1, 1])
  }

  /// Constants.
  init(_ discount: Double, _ decay: Double) { self.init(discount: Tensor(discount), decay: Tensor(decay)) }
}

// MARK: Equations

extension MetaGradientActorCritic {
  /// γ and λ, of which the learned ones are logistic functions of the free numbers.
  package func returnParameters(_ free: Parameters) -> ReturnParameters {
    let c = configuration
    var eta = ReturnParameters(c.initialDiscount, c.initialDecay)
    if free.names.contains(Configuration.discountName) {
      let share = free[Configuration.discountName].sigmoid()
      let lowest = Tensor(c.lowestDiscount, precision: share.precision)
      eta.discount = (lowest + (c.highestDiscount - c.lowestDiscount) * share).reshaped([1, 1])
    }
    if free.names.contains(Configuration.decayName) {
      eta.decay = free[Configuration.decayName].sigmoid().reshaped([1, 1])
    }
    return eta
  }

  /// θ + f(τ, θ, η), with a history that leads to η.
  ///
  /// - Parameters:
  ///   - theta: θ.
  ///   - batch: τ.
  ///   - eta: η.
  ///   - shown: the γ and λ in the networks' input, if they differ from η.
  /// - Returns: θ'.
  package func step(
    from theta: Parameters, on batch: EpisodeTable, _ eta: ReturnParameters, seen shown: ReturnParameters? = nil
  ) -> Parameters {
    let seen = shown ?? eta
    return step(
      from: theta, on: batch, inner: assessed(batch, by: critic, eta, theta, seen: seen),
      outer: outerCritic.map {
        assessed(batch, by: $0, configuration.outerReturn, theta, seen: configuration.outerReturn)
      }, seen: seen)
  }

  /// Equations 9 and 10: a step of size α on the losses of actor and critics.
  ///
  /// - Parameters:
  ///   - theta: θ.
  ///   - batch: τ.
  ///   - inner: returns of τ, functions of η, and their baseline.
  ///   - outer: the targets of the outer critic, if there is one.
  ///   - eta: the γ and λ in the networks' input.
  /// - Returns: θ'.
  package func step(
    from theta: Parameters, on batch: EpisodeTable, inner: Assessment, outer: Assessment?,
    seen eta: ReturnParameters
  ) -> Parameters {
    gradientStep(from: theta, size: { _ in configuration.innerStepSize }, order: .higher) { theta in
      var loss = actorLoss(batch, inner, theta, seen: eta, configuration.entropyWeight)
      if let critic { loss = loss + criticLoss(batch, critic, inner, theta, seen: eta) }
      if let outerCritic, let outer {
        // It is read with η', so it learns with η'.
        loss = loss + criticLoss(batch, outerCritic, outer, theta, seen: configuration.outerReturn)
      }
      return loss
    }
  }

  /// ∂J'(τ', θ', η')/∂θ': equation 11, without the critic's term.
  package func outerGradient(_ batch: EpisodeTable, _ assessment: Assessment, at theta: Parameters) -> Parameters {
    let gradient = valueAndGradient(at: theta) {
      actorLoss(batch, assessment, $0, seen: configuration.outerReturn, configuration.outerEntropyWeight)
    }.gradient
    return -1 * gradient
  }

  /// The returns of a batch and their baseline, at each step, `[step]`; values are constants.
  package typealias Assessment = (returns: Tensor, values: Tensor)

  /// Returns and values of a batch.
  ///
  /// Without a network, values are mean returns with the discount of `expected`, or of η.
  private func assessed(
    _ batch: EpisodeTable, by critic: MLP?, _ eta: ReturnParameters, _ theta: Parameters, seen: ReturnParameters,
    expecting expected: ReturnParameters? = nil
  ) -> Assessment {
    let all = critic?(inputs(batch.visited, theta, seen: seen), theta.detached)
    let values = all.map { $0.reshaped([$0.count]).detached } ?? batch.meanReturns((expected ?? eta).discount)
    return (batch.returns(values: values, discount: eta.discount, decay: eta.decay), values.gather(batch.steps))
  }

  /// -E Σₜ (Gₜ - v) log π - d E Σₜ H: the first and the last term of equation 9, negated.
  private func actorLoss(
    _ batch: EpisodeTable, _ assessment: Assessment, _ theta: Parameters, seen eta: ReturnParameters,
    _ entropyWeight: Double
  ) -> Tensor {
    let policy = actor(inputs(batch.observations, theta, seen: eta), theta)
    let advantages = assessment.returns - assessment.values
    let score = (batch.weights * advantages * policy.logProbability(of: batch.actions)).sum()
    let total = batch.weights.doubles.reduce(0, +)
    return -(score + (entropyWeight * total) * policy.meanEntropy())
  }

  /// c/2 (G - v)², averaged over steps.
  private func criticLoss(
    _ batch: EpisodeTable, _ critic: MLP, _ assessment: Assessment, _ theta: Parameters, seen eta: ReturnParameters
  ) -> Tensor {
    let values = critic(inputs(batch.observations, theta, seen: eta), theta).reshaped(assessment.returns.shape)
    let errors = assessment.returns - values
    return (0.5 * configuration.criticWeight) * (errors * errors).mean()
  }

  /// Observations, to each of which W [γ, λ] is appended if there is an embedding: section 1.4.
  private func inputs(_ observations: Tensor, _ theta: Parameters, seen eta: ReturnParameters) -> Tensor {
    guard let columns = embedded(eta, theta) else { return observations }
    return Tensor.concatenate(
      [observations, columns.broadcast(to: [observations.shape[0], columns.shape[1]])], axis: 1)
  }

  /// The embedding W [γ, λ], `[1, embedding]`, with constant γ and λ.
  private func embedded(_ eta: ReturnParameters, _ theta: Parameters) -> Tensor? {
    guard configuration.embeddingSize > 0 else { return nil }
    return Tensor.concatenate([eta.discount.detached, eta.decay.detached], axis: 1).matmul(theta[Self.embedding])
  }
}

extension RandomStream {
  /// `count` standard normal numbers.
  fileprivate func drawn(_ count: Int) -> [Float] {
    var stream = self
    return stream.normals(count)
  }
}
