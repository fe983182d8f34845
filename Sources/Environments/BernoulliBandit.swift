import MetaRL
import Tensors

/// Arms that give reward 1 with an arm's probability, else 0.
///
/// The bandit of Duan, Schulman, Chen, Bartlett, Sutskever & Abbeel (2016, arXiv:1611.02779, section 3.1).
/// Each pull is an episode of one step, and the observation is always 0: what an agent learns of its task it learns
/// from its actions and rewards alone. The probabilities are independent and uniform.
public struct BernoulliBandit: TaskFamily {
  public typealias TaskParameters = BanditTask

  /// The number of arms: k in the paper.
  public let arms: Int
  /// The pulls in a lifetime: n in the paper.
  public let pulls: Int

  /// Chooses the size of the problem.
  ///
  /// - Precondition: both numbers are positive.
  public init(arms: Int = 5, pulls: Int = 10) {
    precondition(arms > 0 && pulls > 0, "a bandit needs arms and pulls, not \(arms) and \(pulls)")
    self.arms = arms
    self.pulls = pulls
  }

  public var spec: EnvironmentSpec { .bandit(arms: arms) }

  public func task(_ id: TaskID) -> BanditTask {
    var random = id.random(family: "bernoulli-bandit")
    return BanditTask(meanRewards: (0..<arms).map { _ in Float(random.uniform()) })
  }

  /// The probability that each arm pays.
  public func descriptor(of task: BanditTask) -> [Float] { task.meanRewards }

  public func bestChoices(in task: BanditTask, at observation: [Float]) -> [Int] { task.bestArms }

  public func makeEnvironment(_ tasks: [BanditTask]) -> BanditLanes {
    BanditLanes(tasks, arms: arms) { means, random in
      zip(random.uniforms(perLane: 1), means).map { $0 < $1 ? 1 : 0 }
    }
  }
}

extension BernoulliBandit {
  /// The family's card; its anchors are returns of an episode, which is one pull.
  public var card: FamilyCard {
    FamilyCard(
      name: "bernoulli-bandit-\(arms)x\(pulls)", version: 1,
      summary:
        "\(arms) arms that give reward 1 with an unknown probability; \(pulls) pulls, each an episode of one step.",
      source: "Duan et al. 2016, arXiv:1611.02779, section 3.1",
      episodesPerLifetime: pulls,
      random: .init(0.5, computation: "exact: the mean of a uniform probability"),
      oracle: .init(
        Double(arms) / Double(arms + 1), computation: "exact: the mean of the largest of \(arms) uniform numbers"),
      bayesOptimal: bayesOptimal,
      trajectoryHash: Self.trajectoryHashes[arms] ?? "")
  }

  /// What the learner `bayes-optimal` earns in each pull, where there are few enough beliefs to go through.
  private var bayesOptimal: FamilyCard.BayesOptimum? {
    // More arms than pulls are worth no more than one a pull.
    guard pulls == 10, let returns = Self.bayesOptimalReturns[min(arms, 10)] else { return nil }
    return .init(returns, computation: "exact: dynamic programming over beliefs, rounded to ten decimals")
  }

  /// The mean reward of each of ten pulls, by the number of arms.
  private static let bayesOptimalReturns: [Int: [Double]] = [
    5: [
      0.5, 0.5833333333, 0.625, 0.6597222222, 0.6840277778, 0.6971560847, 0.7136739418, 0.7254684744, 0.7325176366,
      0.7390884039,
    ],
    10: [
      0.5, 0.5833333333, 0.625, 0.6597222222, 0.6840277778, 0.7023644180, 0.7197503307, 0.7360298170, 0.7467199901,
      0.7570033023,
    ],
  ]

  /// The digests of the sizes in the paper; of other sizes none is pinned.
  private static let trajectoryHashes: [Int: String] = [
    5: "43679d89c7700415", 10: "2864db4470c65f05", 50: "91f7dba58618f6d5",
  ]
}
