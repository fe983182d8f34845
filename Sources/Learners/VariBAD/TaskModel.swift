import MetaRL
import Networks
import Tensors

/// The model of tasks: an encoder, whose output is the belief about the task after each step of a lifetime, and a decoder,
/// which predicts the lifetime's rewards from a draw of that belief.
///
/// A belief is a normal distribution, as its mean followed by the logarithm of its variance.
package struct TaskModel: Sendable {
  /// From the last step, and a state, to the belief after it.
  package let encoder: MemoryNetwork
  package let decoder: TransitionDecoder
  /// What the encoder is shown of a step: where it led to, the action, the reward, and whether it ended the episode.
  package let inputs: ExperienceInputs
  private let spec: EnvironmentSpec
  private let configuration: VariBAD.Configuration

  init(_ configuration: VariBAD.Configuration, for spec: EnvironmentSpec) {
    self.configuration = configuration
    self.spec = spec
    inputs = ExperienceInputs(for: spec)
    encoder = MemoryNetwork(
      inputSize: inputs.size, embeddingSize: configuration.embeddingSize, outputSize: 2 * configuration.latentSize,
      prefix: "encoder."
    ) { RecurrentMemory(cell: .gru, inputSize: $0, hiddenSize: configuration.hiddenSize, prefix: $1) }
    decoder = TransitionDecoder(
      configuration.rewardModel, configuration.rewardError, latentSize: configuration.latentSize,
      observationSize: spec.observationSize, actionSize: spec.actionSpace.width,
      hiddenSizes: configuration.decoderSizes, seesObservation: configuration.decoderSeesObservation,
      seesAction: configuration.decoderSeesAction, predictsStates: configuration.stateWeight > 0)
  }

  /// The names of the parameters of encoder and decoder.
  package var parameterNames: [String] { encoder.parameterNames + decoder.parameterNames }

  /// The numbers of a belief.
  package var beliefSize: Int { 2 * configuration.latentSize }

  /// Draws initial parameters.
  func makeParameters(using random: RandomStream) -> Parameters {
    encoder.makeParameters(using: random.split("encoder"))
      .merging(decoder.makeParameters(using: random.split("decoder")))
  }

  /// The beliefs before any step, q(z | nothing), `[row, belief]`: the biases of the encoder's last layer.
  package func newborn(rows: Int, _ theta: Parameters) -> Tensor {
    theta[encoder.prefix + "output.bias"].reshaped([1, beliefSize]).broadcast(to: [rows, beliefSize])
  }

  /// The normal distributions that beliefs `[row, belief]` are.
  package func distributions(_ beliefs: Tensor) -> DiagonalGaussian {
    let size = configuration.latentSize
    return DiagonalGaussian(
      mean: beliefs.slice(0..<size, axis: 1), logDeviation: 0.5 * beliefs.slice(size..<2 * size, axis: 1))
  }
}

// MARK: Predictions

extension TaskModel {
  /// The rewards that a belief `[1, belief]` predicts for steps that lead to observations: means over draws of it.
  func predictedRewards(at observations: Tensor, _ belief: Tensor, _ theta: Parameters) -> [Double] {
    let (count, size) = (64, configuration.latentSize)
    // The same draws every time, so that beliefs differ by what was experienced alone.
    var random = RandomStream(seed: 0)
    let noise = Tensor(random.normals(count * size), shape: [count, size])
    let actions =
      switch spec.actionSpace {
      case .discrete(let count):
        Tensor((0..<count * count).map { $0 % (count + 1) == 0 ? 1 : 0 }, shape: [count, count])
      case .continuous(let size): Tensor(repeating: 0, shape: [1, size])
      }
    let z = distributions(belief.gather([Int](repeating: 0, count: count))).sample(noise)
    return decoder.rewards(at: observations, by: actions, from: z, theta)
  }
}

// MARK: What a step of Adam is taken on

extension TaskModel {
  /// Some lifetimes, and what their evidence lower bounds are estimated with.
  package struct Batch: Sendable {
    /// The encoder's inputs, `[step, lifetime, input]`; shorter lifetimes end in zeros.
    package var inputs: Tensor
    package var steps: TransitionDecoder.Steps
    /// The beliefs of the terms, as many of each lifetime, among the rows `step * lifetimes + lifetime`; step 0 is birth.
    package var terms: [Int]
    /// 1 for each term, and 0 for those that fill up a shorter lifetime: `[term]`.
    package var termWeights: Tensor
    /// How often each step of a term's lifetime is decoded, `[term * step]`.
    package var stepWeights: [Float]
    /// Standard normal numbers, `[term, latent]`.
    package var noise: Tensor
  }

  /// Draws terms and steps of some lifetimes of a store.
  ///
  /// - Parameters:
  ///   - lifetimes: their numbers.
  ///   - store: where they are.
  ///   - random: a stream for each.
  /// - Returns: a batch in the order of the numbers.
  package func batch(_ lifetimes: [Int], of store: LifetimeStore, using random: [RandomStream]) -> Batch {
    let c = configuration
    let size = inputs.size
    let lived = lifetimes.map { store.lifetime($0, c.reward.channel(for: spec)) }
    let longest = lived.map(\.isLast.count).max() ?? 0
    let termCount = c.boundTerms == 0 ? longest + 1 : min(c.boundTerms, longest + 1)
    var (seen, before) = ([Float](), [Float]())
    var (terms, termWeights, stepWeights, noise) = ([Int](), [Float](), [Float](), [Float]())
    for (lane, (rows, isLast)) in lived.enumerated() {
      let steps = isLast.count
      seen += inputs.rows(of: rows, isLast) + [Float](repeating: 0, count: (longest - steps) * size)
      before += rows.observations
      before += [Float](repeating: 0, count: (longest - steps) * spec.observationSize)
      var stream = random[lane]
      let chosen =
        steps < termCount ? Array(0...steps) : (0..<termCount).map { _ in stream.integer(below: steps + 1) }
      for term in 0..<termCount {
        let isReal = term < chosen.count
        let t = isReal ? chosen[term] : 0
        terms.append(t * lifetimes.count + lane)
        termWeights.append(isReal ? 1 : 0)
        var weights = [Float](repeating: 0, count: longest)
        if isReal { decodedSteps(of: steps, term: t, using: &stream) { weights[$0] += 1 } }
        stepWeights += weights
      }
      noise += stream.normals(termCount * c.latentSize)
    }
    let count = lifetimes.count
    let tokens = Tensor(seen, shape: [count * longest, size])
    let order = (0..<longest).flatMap { step in (0..<count).map { $0 * longest + step } }
    let (observation, action) = (spec.observationSize, spec.actionSpace.width)
    return Batch(
      inputs: tokens.gather(order).reshaped([longest, count, size]),
      steps: TransitionDecoder.Steps(
        lifetimeCount: count, before: Tensor(before, shape: [count * longest, observation]),
        actions: tokens.slice(observation..<observation + action, axis: 1),
        after: tokens.slice(0..<observation, axis: 1),
        rewards: tokens.slice(observation + action..<observation + action + 1, axis: 1).reshaped([count * longest])),
      terms: terms, termWeights: Tensor(termWeights), stepWeights: stepWeights,
      noise: Tensor(noise, shape: [terms.count, c.latentSize]))
  }

  /// The steps of a lifetime that a term decodes: those after it, too, for the task is the same.
  private func decodedSteps(
    of steps: Int, term: Int, using random: inout RandomStream, _ decode: (Int) -> Void
  ) {
    let c = configuration
    let isSampled = c.decodedSteps > 0 && c.decodedSteps < steps
    for number in 0..<(isSampled ? c.decodedSteps : steps) {
      let step = isSampled ? random.integer(below: steps) : number
      switch c.decodes {
      case .all: decode(step)
      case .past: if step < term { decode(step) }
      case .nothing: break
      }
    }
  }

  /// Minus the evidence lower bounds of lifetimes (equation 8), each term of a bound from one draw of its belief:
  /// Σₜ [Σᵢ -log p(rᵢ₊₁ | sᵢ, aᵢ, sᵢ₊₁, zₜ) + w KL(qₜ ‖ qₜ₋₁)] with zₜ drawn from qₜ, and q₋₁ the standard normal distribution.
  ///
  /// - Parameters:
  ///   - batch: some lifetimes.
  ///   - theta: the parameters of encoder and decoder are among them.
  /// - Returns: the sum over lifetimes, and its parts: the losses of decoded steps and the divergences without their weight.
  package func loss(
    _ batch: Batch, _ theta: Parameters
  ) -> (total: Tensor, reconstruction: Tensor, divergence: Tensor) {
    let (steps, count) = (batch.inputs.shape[0], batch.inputs.shape[1])
    let standard = Tensor(repeating: 0, shape: [count, beliefSize], precision: batch.inputs.precision)
    let beliefs = Tensor.concatenate([newborn(rows: count, theta), encoder(batch.inputs, theta)])
    let earlier = Tensor.concatenate([standard, beliefs.slice(0..<steps * count)])
    let posteriors = distributions(beliefs.gather(batch.terms))
    // The gradient flows through both, also into the belief one step earlier.
    let divergences = posteriors.divergence(to: distributions(earlier.gather(batch.terms)))
    let divergence = (divergences * batch.termWeights).sum()
    let z = posteriors.sample(batch.noise)
    let losses = decoder.losses(of: batch.steps, from: z, weights: batch.stepWeights, theta)
    let c = configuration
    let reconstruction = losses.states.map { losses.rewards + c.stateWeight * $0 } ?? losses.rewards
    return (reconstruction + c.divergenceWeight * divergence, reconstruction, divergence)
  }
}
