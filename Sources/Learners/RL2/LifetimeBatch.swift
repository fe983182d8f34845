import MetaRL
import Networks
import Tensors

/// One lifetime of meta-training, as rows: one a step, across episodes.
public struct RecordedLifetime: Sendable {
  /// The network's inputs, `[step, input]`, row by row.
  public var inputs: [Float]
  /// The network's outputs, `[step, output]`, row by row.
  public var outputs: [Float]
  /// The episodes, in the order they were lived.
  public var episodes: [Episode]
  /// The steps of each stretch over which the network's state was carried on.
  public var sequenceLengths: [Int]
  /// The advantage of each step; empty until it is estimated.
  public var advantages: [Double] = []
  /// The target value of each step.
  public var targets: [Double] = []

  /// Puts a record together; advantages and targets come later.
  public init(inputs: [Float], outputs: [Float], episodes: [Episode], sequenceLengths: [Int]) {
    self.inputs = inputs
    self.outputs = outputs
    self.episodes = episodes
    self.sequenceLengths = sequenceLengths
  }

  /// The number of steps in all episodes together.
  public var stepCount: Int { episodes.reduce(0) { $0 + $1.stepCount } }

  /// The undiscounted sum of the rewards that the family reports.
  public var totalReward: Double { episodes.reduce(0) { $0 + $1.totalReward } }

  /// Estimates advantages over the whole lifetime as one chain, of which only the end is terminal.
  ///
  /// So what is learned in one episode is worth what it earns in the next.
  ///
  /// - Parameters:
  ///   - values: the baseline at each step.
  ///   - rewards: of each step.
  ///   - discount: γ, for each step, also across the end of an episode.
  ///   - lambda: λ of generalized advantage estimates.
  public mutating func estimateAdvantages(
    values: [Double], rewards: [Double], discount: Double, lambda: Double
  ) {
    advantages = generalizedAdvantages(rewards: rewards, values: values, discount: discount, lambda: lambda)
    targets = zip(advantages, values).map { $0 + $1 }
  }
}

extension [RecordedLifetime] {
  /// Shifts and scales advantages to mean 0 and deviation 1 over the steps of all lifetimes, since lifetimes are compared.
  mutating func standardizeAdvantages() {
    var next = 0
    let all = standardized(flatMap(\.advantages)).numbers
    for i in indices {
      let count = self[i].stepCount
      self[i].advantages = Array<Double>(all[next..<next + count])
      next += count
    }
  }
}

extension EnvironmentSpec {
  /// The episodes of lifetimes to train on, where settings do not say.
  ///
  /// Where evaluation has long lifetimes, a batch would be a few of them: too few to say which way is better, and so large
  /// that a budget has no more than a handful of batches.
  func trainingEpisodes(stepsPerBatch: Int) -> Int {
    min(episodesPerLifetime, max(2, stepsPerBatch / (10 * horizon)))
  }
}

/// Lifetimes side by side, as a network with a memory takes them.
public struct LifetimeBatch: Sendable {
  /// `[step, sequence, input]`; shorter sequences end in zeros.
  public let inputs: Tensor
  /// The row of each step among the rows `step * sequences + sequence`, by lifetime.
  public let positions: [Int]
  /// The actions of each step, lifetime after lifetime.
  public let actions: Actions
  /// The network's outputs when it acted, `[step, output]`.
  public let outputs: Tensor
  /// The policy's distributions when it acted.
  public let distributions: ActionDistribution
  /// Its log-probabilities of what it did, `[step]`.
  public let logProbabilities: Tensor
  /// The advantage of each step, `[step]`.
  public let advantages: Tensor
  /// The target value of each step, `[step]`.
  public let targets: Tensor

  /// Lays lifetimes side by side, so that a step of all is one product.
  ///
  /// - Parameters:
  ///   - lifetimes: at least one, with at least one step.
  ///   - policy: what played them.
  ///   - parameters: what it played them with.
  public init(_ lifetimes: [RecordedLifetime], policy: MemoryPolicy, parameters: Parameters) {
    let sequences = lifetimes.flatMap(\.sequenceLengths)
    let steps = lifetimes.reduce(0) { $0 + $1.stepCount }
    let longest = sequences.max() ?? 0
    let size = (lifetimes.first?.inputs.count ?? 0) / max(lifetimes.first?.stepCount ?? 1, 1)
    var laid = [Float](repeating: 0, count: longest * sequences.count * size)
    var positions: [Int] = []
    positions.reserveCapacity(steps)
    var sequence = 0
    for lifetime in lifetimes {
      var row = 0
      for length in lifetime.sequenceLengths {
        for step in 0..<length {
          let position = step * sequences.count + sequence
          positions.append(position)
          for i in 0..<size { laid[position * size + i] = lifetime.inputs[row * size + i] }
          row += 1
        }
        sequence += 1
      }
    }
    self.positions = positions
    inputs = Tensor(laid, shape: [longest, sequences.count, size])
    actions = Actions(joining: lifetimes.flatMap { $0.episodes.map(\.actions) }, steps: steps)
    let computed = lifetimes.flatMap(\.outputs)
    outputs = Tensor(computed, shape: [steps, computed.count / max(steps, 1)])
    distributions = policy.distributions(outputs, parameters.detached)
    logProbabilities = distributions.logProbability(of: actions)
    advantages = Tensor(lifetimes.flatMap(\.advantages).map { Float($0) })
    targets = Tensor(lifetimes.flatMap(\.targets).map { Float($0) })
  }

  /// The number of steps in all episodes together.
  public var stepCount: Int { positions.count }

  /// The outputs of a network at each step, `[step, output]`.
  public func outputs(of network: MemoryNetwork, _ parameters: Parameters) -> Tensor {
    network(inputs, parameters).gather(positions)
  }
}
