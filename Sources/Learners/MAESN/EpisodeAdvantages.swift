import MetaRL

/// The advantage of each episode over the expectation at its start, standardized over the episodes.
///
/// It is the generalized advantage of the first step, against a linear baseline that is fitted to these very episodes.
/// If all have the same return, all are 0: what is left of the differences is rounding, or the baseline's own.
///
/// - Parameters:
///   - episodes: at least one.
///   - reward: which reward; the reported one, if nothing is said.
///   - discount: γ.
///   - lambda: λ of generalized advantage estimates.
/// - Returns: one number an episode.
public func episodeAdvantages(
  _ episodes: [Episode], reward: RewardChoice = .reported, discount: Double, lambda: Double
) -> [Double] {
  let rewards = episodes.map { $0.rewards(reward).map { Double($0) } }
  let returns = rewards.map { discountedSums($0, discount: discount) }
  let sums = returns.map { $0.first ?? 0 }
  guard let least = sums.min(), let most = sums.max(), most - least > 1e-6 * max(1, abs(least), abs(most)) else {
    return episodes.map { _ in 0 }
  }
  let baseline = LinearFeatureBaseline(fittedTo: episodes, returns: returns)
  let estimates = zip(episodes, rewards).map { episode, rewards in
    generalizedAdvantages(
      rewards: rewards, values: baseline.values(episode), discount: discount, lambda: lambda
    ).first ?? 0
  }
  return standardized(estimates).numbers
}
