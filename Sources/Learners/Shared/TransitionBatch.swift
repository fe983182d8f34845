import MetaRL
import Tensors

/// Steps of replay buffers, one after the other, as plain numbers.
struct TransitionRows {
  var observations: [Float] = []
  var actions: [Float] = []
  var rewards: [Float] = []
  var nextObservations: [Float] = []
  /// 1 where the task ended the episode, else 0.
  var terminated: [Float] = []
}

/// Steps for an off-policy update, one a row.
public struct TransitionBatch: Sendable {
  /// `[row, observation]`.
  public let observations: Tensor
  /// `[row, size]`, or `[row, 1]` with the numbers of choices.
  public let actions: Tensor
  /// `[row]`.
  public let rewards: Tensor
  /// `[row, observation]`.
  public let nextObservations: Tensor
  /// 1 where the episode continued, or would have but for the horizon; 0 where the task ended it: `[row]`.
  public let continues: Tensor

  /// The number of steps.
  public var rowCount: Int { rewards.count }

  /// Puts steps together, of shapes as above.
  package init(
    observations: Tensor, actions: Tensor, rewards: Tensor, nextObservations: Tensor, continues: Tensor
  ) {
    self.observations = observations
    self.actions = actions
    self.rewards = rewards
    self.nextObservations = nextObservations
    self.continues = continues
  }

  /// Puts steps together.
  init(_ rows: TransitionRows) {
    let count = rows.rewards.count
    func matrix(_ values: [Float]) -> Tensor { Tensor(values, shape: [count, values.count / max(count, 1)]) }
    observations = matrix(rows.observations)
    actions = matrix(rows.actions)
    rewards = Tensor(rows.rewards)
    nextObservations = matrix(rows.nextObservations)
    continues = Tensor(rows.terminated.map { 1 - $0 })
  }

  /// Steps of one buffer, drawn uniformly.
  public init(
    of buffer: ReplayBuffer, _ count: Int, _ reward: RewardChannel, using random: inout RandomStream
  ) {
    var rows = TransitionRows()
    for row in buffer.sample(count, using: &random) { buffer.write(row, reward, to: &rows) }
    self.init(rows)
  }
}
