import MetaRL
import Tensors

/// The episodes of a batch in two layouts: steps as rows, and rewards as a table of episodes by steps.
///
/// A policy is evaluated on rows, and returns are computed along the table. The value after an episode is 0, even if the
/// horizon truncated it, since undiscounted returns end there, too.
public struct EpisodeTable: Sendable {
  /// `[visited, observation]`: the observations before each step, and the last of each episode.
  public let visited: Tensor
  /// The rows of `visited` before each step; the next row is the observation after the step.
  public let steps: [Int]
  /// The action of each step.
  public let actions: Actions
  /// `[episode, column]`; 0 after an episode's end.
  public let rewards: Tensor
  /// `[episode, column]`: 1, but 0 at an episode's last step and after it.
  public let continues: Tensor
  /// The weight of each step in a sum over steps, `[step]`.
  ///
  /// The initial weights, 1 / (number of episodes), make it a mean over episodes.
  public var weights: Tensor
  /// The mean undiscounted return of an episode.
  public let meanReturn: Double
  /// The index of each step in the table, row by row.
  private let positions: [Int]

  /// Lays out a batch of episodes.
  ///
  /// - Parameters:
  ///   - episodes: at least one step in all.
  ///   - reward: the reward channel.
  public init(_ episodes: [Episode], reward: RewardChoice = .reported) {
    let columns = episodes.map(\.stepCount).max() ?? 0
    let stepCount = episodes.reduce(0) { $0 + $1.stepCount }
    let rows = episodes.flatMap(\.observations)
    visited = Tensor(rows, shape: [stepCount + episodes.count, rows.count / max(stepCount + episodes.count, 1)])
    actions = Actions(joining: episodes.map(\.actions), steps: stepCount)
    var (steps, positions, first): ([Int], [Int], Int) = ([], [], 0)
    var rewards = [Float](repeating: 0, count: episodes.count * columns)
    var continues = rewards
    for (row, episode) in episodes.enumerated() {
      steps += first..<first + episode.stepCount
      positions += row * columns..<row * columns + episode.stepCount
      first += episode.stepCount + 1
      for (step, value) in episode.rewards(reward).enumerated() {
        rewards[row * columns + step] = value
        continues[row * columns + step] = step < episode.stepCount - 1 ? 1 : 0
      }
    }
    (self.steps, self.positions) = (steps, positions)
    self.rewards = Tensor(rewards, shape: [episodes.count, columns])
    self.continues = Tensor(continues, shape: [episodes.count, columns])
    weights = Tensor(repeating: 1 / Double(max(episodes.count, 1)), shape: [stepCount])
    meanReturn = episodes.reduce(0) { $0 + $1.totalReward(reward) } / Double(max(episodes.count, 1))
  }

  /// The observations before each step, `[step, observation]`.
  public var observations: Tensor { visited.gather(steps) }

  /// λ-returns of each step, `[step]`.
  ///
  /// - Parameters:
  ///   - values: the value of each visited observation, `[visited]`; constants.
  ///   - discount: γ.
  ///   - decay: λ.
  /// - Returns: returns that can be differentiated with respect to discount and decay.
  public func returns(values: Tensor, discount: Tensor, decay: Tensor) -> Tensor {
    let next = values.detached.gather(steps.map { $0 + 1 })
    let table = next.scatter(positions, into: rewards.count).reshaped(rewards.shape)
    return lambdaReturns(
      rewards: rewards, nextValues: table, continues: continues, discounts: discount, decays: decay
    ).reshaped([rewards.count]).gather(positions)
  }

  /// For each visited observation, the batch's mean return from equal observations: `[visited]`, a constant.
  ///
  /// - Parameter discount: γ.
  /// - Returns: means; 0 for observations from which no step was taken.
  public func meanReturns(_ discount: Tensor) -> Tensor {
    let (rows, nothing) = (visited.floatRows, Tensor(repeating: 0, shape: [visited.shape[0]]))
    let followed = returns(values: nothing, discount: discount.detached, decay: Tensor(1)).doubles
    var sums: [[Float]: (total: Double, count: Int)] = [:]
    for (row, value) in zip(steps, followed) {
      let sum = sums[rows[row]] ?? (0, 0)
      sums[rows[row]] = (sum.total + value, sum.count + 1)
    }
    return Tensor(
      rows.map { row in sums[row].map { $0.total / Double($0.count) } ?? 0 }, shape: [rows.count],
      precision: rewards.precision)
  }
}
