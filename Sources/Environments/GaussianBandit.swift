import Foundation
import MetaRL
import Tensors

/// Arms whose rewards are normal around means that are normal themselves.
///
/// The testbed of Sutton & Barto (2018), "Reinforcement learning: an introduction", second edition, section 2.3: means
/// have mean 0 and deviation 1, rewards have deviation 1 around their mean. As in the Bernoulli bandit, each pull is an
/// episode of one step, and the observation is always 0.
public struct GaussianBandit: TaskFamily {
  public typealias TaskParameters = BanditTask

  /// The arms of each bandit, at least one.
  public let arms: Int
  /// The pulls in a lifetime, each an episode of one step.
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
    var random = id.random(family: "gaussian-bandit")
    return BanditTask(meanRewards: random.normals(arms))
  }

  /// The mean reward of each arm.
  public func descriptor(of task: BanditTask) -> [Float] { task.meanRewards }

  public func bestChoices(in task: BanditTask, at observation: [Float]) -> [Int] { task.bestArms }

  public func makeEnvironment(_ tasks: [BanditTask]) -> BanditLanes {
    BanditLanes(tasks, arms: arms) { means, random in zip(random.normals(perLane: 1), means).map { $0 + $1 } }
  }
}

extension GaussianBandit {
  /// The family's card; its anchors are returns of an episode, which is one pull.
  public var card: FamilyCard {
    FamilyCard(
      name: "gaussian-bandit-\(arms)x\(pulls)", version: 1,
      summary:
        "\(arms) arms with normal rewards of deviation 1 around an unknown mean; \(pulls) pulls, each an "
        + "episode of one step.",
      source: "the testbed of Sutton & Barto 2018, section 2.3",
      episodesPerLifetime: pulls,
      random: .init(0, computation: "exact: the mean of a standard normal mean"),
      oracle: .init(
        Self.meanOfLargest(of: arms),
        computation: "the mean of the largest of \(arms) standard normal numbers, by quadrature to six digits"),
      trajectoryHash: Self.trajectoryHashes[arms] ?? "")
  }

  /// The digests of the sizes in the catalog; of other sizes none is pinned.
  private static let trajectoryHashes: [Int: String] = [5: "e670308508ed3ee1", 10: "1b932e9b22aa6a89"]

  /// The mean of the largest of N standard normal numbers, with six digits after the point: more would
  /// depend on the system's error function.
  private static func meanOfLargest(of count: Int) -> Double {
    // A mean is the integral of the probability to be above x less that to be below -x, over positive x: Simpson's
    // rule on 0...10.
    let (intervals, width) = (500, 0.02)
    let integrand = { (x: Double) in
      let below = 0.5 * erfc(-x / 2.0.squareRoot())
      return 1 - pow(below, Double(count)) - pow(1 - below, Double(count))
    }
    let sum = (0...intervals).reduce(0) { sum, point in
      let weight = point == 0 || point == intervals ? 1.0 : point.isMultiple(of: 2) ? 2 : 4
      return sum + weight * integrand(Double(point) * width)
    }
    return (sum * width / 3 * 1e6).rounded() / 1e6
  }
}
