import MetaRL
import Tensors

/// The settings that all planners have.
extension SettingDeclaration {
  private static let duan = "the MDPs of Duan et al. 2016, section 3.2"

  static func priorTransitionWeight(source: String = duan) -> SettingDeclaration {
    SettingDeclaration(
      "times that each next state is thought to have followed each state and action",
      .numberAbove(0, through: 1000), symbol: "α₀", source: source)
  }
  static let priorMeanReward = SettingDeclaration(
    "mean of what is thought of mean rewards", .number(-1000...1000), symbol: "μ₀",
    source: "the rewards of Duan et al. 2016, section 3.2")
  static func priorRewardWeight(source: String = duan) -> SettingDeclaration {
    SettingDeclaration(
      "rewards that the prior's mean is worth", .numberAbove(0, through: 1000), symbol: "τ₀", source: source)
  }
  static let learnsLastTransition = SettingDeclaration(
    "whether the transition of an episode's last step, after which nothing follows, is learned", .boolean,
    source: "nothing is thrown away")
  static let tiesOfActions = SettingDeclaration(
    "which of several best actions is taken, at each step", .choice(TieBreaking.allCases.map(\.rawValue)),
    source: "no action is special")
}

/// The posterior of an MDP: a Dirichlet distribution over the next states of every state and action, and a normal
/// distribution over the mean of its rewards, whose own variance is taken to be 1.
public struct MDPBelief: Sendable {
  /// The number of states, which are numbered from 0.
  public let stateCount: Int
  /// The number of actions, which are numbered from 0.
  public let actionCount: Int
  /// `[state, action, next state]`, row by row: the parameters of the Dirichlet distributions.
  public private(set) var weights: [Double]
  /// `[state, action]`, row by row: the sum of those parameters, and of the times that the episode ended instead.
  public private(set) var totals: [Double]
  /// `[state, action]`, row by row: the times that the task ended the episode.
  public private(set) var endings: [Double]
  /// `[state, action]`, row by row: the means of the mean rewards.
  public private(set) var meanRewards: [Double]
  /// `[state, action]`, row by row: the precisions of the mean rewards, which are the rewards seen and the prior's weight.
  public private(set) var rewardWeights: [Double]

  /// The prior, the same for all states and actions.
  ///
  /// - Parameters:
  ///   - stateCount: the number of states.
  ///   - actionCount: the number of actions.
  ///   - transitionWeight: times that each next state is thought to have followed each state and action: the Dirichlet
  ///     distribution's α₀, positive.
  ///   - meanReward: the mean of mean rewards: μ₀.
  ///   - rewardWeight: rewards that the mean is worth: the precision τ₀ of the normal distribution, in observations.
  public init(stateCount: Int, actionCount: Int, transitionWeight: Double, meanReward: Double, rewardWeight: Double)
  {
    self.stateCount = stateCount
    self.actionCount = actionCount
    let pairCount = stateCount * actionCount
    weights = [Double](repeating: transitionWeight, count: pairCount * stateCount)
    totals = [Double](repeating: transitionWeight * Double(stateCount), count: pairCount)
    endings = [Double](repeating: 0, count: pairCount)
    meanRewards = [Double](repeating: meanReward, count: pairCount)
    rewardWeights = [Double](repeating: rewardWeight, count: pairCount)
  }

  /// The evidence of a step about the transitions.
  public enum Outcome: Sendable {
    /// The next state, by its index.
    case state(Int)
    /// The end of the episode, by the task.
    case end
    /// Something that is not to be learned.
    case notLearned
  }

  /// Adds the evidence of a step: to the pair's mean reward, and to the counts of its transitions by `outcome`.
  public mutating func observe(state: Int, action: Int, reward: Double, outcome: Outcome) {
    let pair = state * actionCount + action
    let weight = rewardWeights[pair]
    meanRewards[pair] = (meanRewards[pair] * weight + reward) / (weight + 1)
    rewardWeights[pair] = weight + 1
    switch outcome {
    case .state(let next):
      weights[pair * stateCount + next] += 1
      totals[pair] += 1
    case .end:
      endings[pair] += 1
      totals[pair] += 1
    case .notLearned: break
    }
  }

  /// The MDP of the posterior means of all rewards and transitions.
  public var mean: FiniteMDP {
    var transitions = weights
    for pair in totals.indices {
      let scale = 1 / totals[pair]
      for entry in pair * stateCount..<(pair + 1) * stateCount { transitions[entry] *= scale }
    }
    return FiniteMDP(
      stateCount: stateCount, actionCount: actionCount, rewards: meanRewards, transitions: transitions)
  }

  /// An MDP sampled from the posterior.
  public func sample(using random: inout RandomStream) -> FiniteMDP {
    var (rewards, transitions) = (meanRewards, weights)
    let noise = random.normals(rewards.count)
    let chances = random.uniforms(transitions.count)
    transitions.withUnsafeMutableBufferPointer { transitions in
      chances.withUnsafeBufferPointer { chances in
        for pair in rewards.indices {
          rewards[pair] += Double(noise[pair]) / rewardWeights[pair].squareRoot()
          let row = pair * stateCount..<(pair + 1) * stateCount
          random.dirichlet(
            UnsafeMutableBufferPointer(rebasing: transitions[row]),
            chances: UnsafeBufferPointer(rebasing: chances[row]), endings: endings[pair])
        }
      }
    }
    return FiniteMDP(stateCount: stateCount, actionCount: actionCount, rewards: rewards, transitions: transitions)
  }
}
