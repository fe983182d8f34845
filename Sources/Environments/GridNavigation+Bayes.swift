import MetaRL
import Tensors

extension GridNavigation {
  /// The plan of the best agent that does not know the goal, and its value.
  public struct BayesPlan: Sendable {
    /// The moves of each episode for as long as the goal is not found, `[episode][step]`.
    ///
    /// Once it is found the agent stays there, and in later episodes goes there by a shortest way. There are no moves
    /// for episodes before which the goal has been found wherever it is.
    public let moves: [[Int]]
    /// The mean return of each episode, over all goals.
    public let returns: [Double]
  }

  /// The plan with the largest mean return over goals of a lifetime with the given number of episodes.
  ///
  /// Until the goal is found nothing is learned but where it is not, so a plan is a sequence of moves. Plans are searched
  /// depth first for one that is worth as much as the best that a bound does not rule out; if there is none, for one that
  /// is worth the next most. The bound: the rest of the goals are found one a step, and none sooner than its distance
  /// allows; those that the episode leaves are reached in the next as if they were known.
  ///
  /// - Precondition: the number of episodes is positive, and the goal is hidden.
  public func bayesOptimalPlan(episodes: Int) -> BayesPlan {
    precondition(variant == .hidden, "there is a plan for \(variant.rawValue) goals of another kind")
    precondition(episodes > 0, "a lifetime needs episodes, not \(episodes)")
    var search = BayesSearch(episodes: episodes)
    var threshold = search.bound
    while !search.succeeds(worth: threshold) { threshold = search.nextThreshold }
    return BayesPlan(moves: search.moves, returns: search.returns)
  }

  /// The mean return of each episode of the best agent that does not know its task before it acts.
  ///
  /// - Precondition: the number of episodes is positive.
  public func bayesOptimalReturns(episodes: Int) -> [Double] {
    switch variant {
    case .hidden:
      return bayesOptimalPlan(episodes: episodes).returns
    case .show:
      let known = Self.goals.map { Self.episodeReturn(reachedAt: Self.grid.distance(0, $0)) }
      return [Double](repeating: known.reduce(0, +) / Double(known.count), count: episodes)
    case .dense:
      return bayesOptimalBeliefPlan(episodes: episodes).returns
    }
  }

  /// The plan of the best agent whose rewards tell how far the goal is.
  ///
  /// Where they do not, there are too many situations.
  ///
  /// - Precondition: the number of episodes is positive, and the reward is dense.
  public func bayesOptimalBeliefPlan(episodes: Int) -> BeliefPlan {
    precondition(variant == .dense, "there is no such plan for \(variant.rawValue) goals")
    return BeliefPlan(
      tasks: Self.goals, start: 0, choices: SquareGrid.moves.count, horizon: Self.horizon, episodes: episodes
    ) { cell, move, goal in
      let next = Self.grid.cell(after: move, from: cell)
      return (next, Double(variant.reward(at: next, goal: goal)))
    }
  }

  /// The goals that experience does not rule out, `[episode][step]`: before the first step of an episode and after each.
  ///
  /// - Precondition: the goal is not shown.
  package func possibleGoals(along lifetime: [Episode]) -> [[[Int]]] {
    precondition(variant != .show, "shown goals are known")
    var goals = Self.goals
    return lifetime.map { episode in
      [goals]
        + episode.rewards().enumerated().map { step, reward in
          let next = episode.observations[(step + 1) * Self.grid.cellCount..<(step + 2) * Self.grid.cellCount]
          let cell = (next.firstIndex(of: 1) ?? next.startIndex) - next.startIndex
          goals.removeAll { variant.reward(at: cell, goal: $0) != reward }
          return goals
        }
    }
  }

  /// How far beliefs are from the exact one, which is uniform over the possible goals: KL(exact ‖ belief) in nats.
  ///
  /// - Parameters:
  ///   - beliefs: the probabilities of all cells before the first step of an episode and after each, `[episode][step][cell]`.
  ///   - lifetime: the episodes from birth.
  /// - Returns: `[episode][step]`.
  package func divergences(of beliefs: [[[Double]]], along lifetime: [Episode]) -> [[Double]] {
    zip(beliefs, possibleGoals(along: lifetime)).map { beliefs, goals in
      zip(beliefs, goals).map { belief, goals in
        let count = Double(goals.count)
        return goals.reduce(0) { $0 - Tensor(count * belief[$1], precision: .double).log().scalar / count }
      }
    }
  }

  /// The return of an episode in which the goal is reached at a step, or not at all.
  private static func episodeReturn(reachedAt step: Int?) -> Double {
    let before = step.map { $0 - 1 } ?? horizon
    return Double(horizon - before) * Double(goalReward) - 0.1 * Double(before)
  }

  /// A search through the plans; totals are sums over goals.
  private struct BayesSearch {
    private let episodes: Int
    /// The goals that are not found yet.
    private var open = Set(GridNavigation.goals)
    private var cell = 0
    private var episode = 0
    private var step = 0
    /// The value of the goals that were found, over the whole lifetime.
    private var found = 0.0
    /// The step and the episode at which each goal was found.
    private var findings: [Int: (episode: Int, step: Int)] = [:]
    private(set) var moves: [[Int]]
    /// The largest bound that was too low for the last threshold.
    private(set) var nextThreshold = -Double.infinity

    init(episodes: Int) {
      self.episodes = episodes
      moves = [[Int]](repeating: [], count: episodes)
    }

    private static func distance(_ goal: Int) -> Int { GridNavigation.grid.distance(0, goal) }

    /// The value of a goal that is found in an episode and known in all later ones.
    private func worth(_ goal: Int, foundIn episode: Int, at step: Int?) -> Double {
      let known = GridNavigation.episodeReturn(reachedAt: Self.distance(goal))
      return Double(episode) * GridNavigation.episodeReturn(reachedAt: nil)
        + GridNavigation.episodeReturn(reachedAt: step) + Double(episodes - episode - 1) * known
    }

    /// No plan that begins with these moves is worth more.
    var bound: Double {
      let notFound = GridNavigation.episodeReturn(reachedAt: nil)
      var gains = 0.0
      let distances = open.map { GridNavigation.grid.distance(cell, $0) }.sorted()
      for (rank, distance) in distances.enumerated() {
        let soonest = step + max(rank + 1, distance)
        guard soonest <= GridNavigation.horizon else { break }
        gains += GridNavigation.episodeReturn(reachedAt: soonest) - notFound
      }
      return found + open.reduce(gains) { $0 + worth($1, foundIn: episode, at: nil) }
    }

    /// Searches for a plan with the given value that begins with these moves.
    mutating func succeeds(worth threshold: Double) -> Bool {
      if moves.allSatisfy(\.isEmpty) { nextThreshold = -.infinity }
      if open.isEmpty { return true }
      let bound = bound
      // Sums of the same numbers in another order may differ in their last digits.
      guard bound >= threshold - 1e-9 else {
        nextThreshold = max(nextThreshold, bound)
        return false
      }
      if step == GridNavigation.horizon {
        guard episode + 1 < episodes else { return true }
        let saved = (cell, step)
        (cell, step, episode) = (0, 0, episode + 1)
        if succeeds(worth: threshold) { return true }
        (cell, step) = saved
        episode -= 1
        return false
      }
      return SquareGrid.moves.indices.contains { succeeds(worth: threshold, after: $0) }
    }

    private mutating func succeeds(worth threshold: Double, after move: Int) -> Bool {
      let saved = (cell, found)
      cell = GridNavigation.grid.cell(after: move, from: cell)
      step += 1
      moves[episode].append(move)
      let isNew = open.remove(cell) != nil
      if isNew {
        found += worth(cell, foundIn: episode, at: step)
        findings[cell] = (episode, step)
      }
      if succeeds(worth: threshold) { return true }
      if isNew {
        open.insert(cell)
        findings[cell] = nil
      }
      moves[episode].removeLast()
      step -= 1
      (cell, found) = saved
      return false
    }

    /// The mean return of each episode of the plan that was found.
    var returns: [Double] {
      (0..<episodes).map { number in
        let total = GridNavigation.goals.reduce(0.0) { sum, goal in
          guard let finding = findings[goal], finding.episode <= number else {
            return sum + GridNavigation.episodeReturn(reachedAt: nil)
          }
          let step = finding.episode == number ? finding.step : Self.distance(goal)
          return sum + GridNavigation.episodeReturn(reachedAt: step)
        }
        return total / Double(GridNavigation.goals.count)
      }
    }
  }
}
