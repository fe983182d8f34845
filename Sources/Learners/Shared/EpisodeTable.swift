import MetaRL
import Tensors

/// Episodes of one batch, twice: their steps as rows, and their rewards as a table with a row an episode and a column a step.
///
/// A policy is evaluated on rows, and returns are computed along the table. An episode that the horizon cut off counts as
/// ended there, as its return does.
public struct EpisodeTable: Sendable {
  /// `[visited, observation]`: before each step, and where each episode ended.
  public let visited: Tensor
  /// Which rows of `visited` are those before a step; each is followed by that after it.
  public let steps: [Int]
  /// What was done at each step.
  public let actions: Actions
  /// `[episode, column]`; 0 after the end.
  public let rewards: Tensor
  /// `[episode, column]`: 1, but 0 at an episode's last step and after it.
  public let continues: Tensor
  /// What each step counts in a sum over steps, `[step]`: with one divided by the number of episodes, it is the mean over
  /// episodes.
  public var weights: Tensor
  /// The mean undiscounted return of an episode.
  public let meanReturn: Double
  /// Where each step is in the table, counted row by row.
  private let positions: [Int]

  /// Lays out episodes.
  ///
  /// - Parameters:
  ///   - episodes: at least one step in all.
  ///   - reward: which reward; the reported one, if nothing is said.
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

  /// `[step, observation]`, before each step.
  public var observations: Tensor { visited.gather(steps) }

  /// λ-returns of each step, `[step]`.
  ///
  /// - Parameters:
  ///   - values: of each visited observation, `[visited]`; constants.
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

  /// For each visited observation, the mean return of the batch after steps from equal observations: `[visited]`, a constant.
  ///
  /// - Parameter discount: γ.
  /// - Returns: means; 0 after observations from which no step was taken.
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
