import MetaRL
import Tensors

/// The rewards of a bandit's arms so far.
public struct ArmCounts: Sendable {
  /// The sum of the rewards of each arm.
  public private(set) var successes: [Double]
  /// The pulls of each arm, of a lifetime so far.
  public private(set) var pulls: [Int]
  /// The pulls of all arms, of a lifetime so far.
  public private(set) var totalPulls = 0

  /// Counts of arms that were not pulled yet.
  public init(armCount: Int) {
    successes = [Double](repeating: 0, count: armCount)
    pulls = [Int](repeating: 0, count: armCount)
  }

  /// Counts a pull of an arm, and its reward as a success.
  public mutating func count(_ arm: Int, reward: Double) {
    successes[arm] += reward
    pulls[arm] += 1
    totalPulls += 1
  }

  /// The successes of an arm as a whole number of its pulls.
  func wholeSuccesses(of arm: Int) -> Int { Int(max(0, min(Double(pulls[arm]), successes[arm]))) }
}

/// The prior of every arm: a beta distribution over its success probability.
public struct BetaPrior: Sendable {
  /// Successes that are thought to have been: α.
  public var successes: Double
  /// Failures that are thought to have been: β.
  public var failures: Double

  /// A prior of the given successes and failures, both positive.
  public init(successes: Double, failures: Double) {
    self.successes = successes
    self.failures = failures
  }

  /// The posterior mean of an arm.
  public func mean(of arm: Int, after counts: ArmCounts) -> Double {
    (counts.successes[arm] + successes) / (Double(counts.pulls[arm]) + successes + failures)
  }
}

/// The settings that several bandit players have.
extension SettingDeclaration {
  static let priorSuccesses = SettingDeclaration(
    "successes that every arm is thought to have had before the first pull", .numberAbove(0, through: 1000),
    symbol: "α", source: "the uniform prior")
  static let priorFailures = SettingDeclaration(
    "failures that every arm is thought to have had before the first pull", .numberAbove(0, through: 1000),
    symbol: "β", source: "the uniform prior")
  static let tiesOfArms = SettingDeclaration(
    "which of several best arms is pulled", .choice(TieBreaking.allCases.map(\.rawValue)),
    source: "no arm is special")
}

/// The choice among several best options.
public enum TieBreaking: String, Codable, Sendable, CaseIterable {
  /// One of the best at random, each as likely.
  case random
  /// The one with the lowest number.
  case lowest

  /// The choice with the highest score.
  ///
  /// - Parameters:
  ///   - count: the number of choices, at least 1.
  ///   - random: is drawn from where scores are equal, and only there.
  ///   - score: the score of a choice.
  /// - Returns: the number of the choice.
  func best(of count: Int, using random: inout RandomStream, score: (Int) -> Double) -> Int {
    var (best, highest, equals) = (0, -Double.infinity, 0)
    for choice in 0..<count {
      let value = score(choice)
      if value > highest {
        (best, highest, equals) = (choice, value, 1)
      } else if value == highest, self == .random {
        equals += 1
        if random.integer(below: equals) == 0 { best = choice }
      }
    }
    return best
  }
}

/// A rule for the choice of an arm, given the rewards of the arms.
public protocol ArmRule: Sendable {
  /// The settings of a learner with this rule.
  associatedtype Configuration: LearnerConfiguration
  /// The learner's name in refusals.
  static var learner: String { get }
  /// Whether rewards have to be 0 or 1; if not, one between them counts as a fractional success.
  static var rewardsAreBinary: Bool { get }
  /// Makes the rule for lifetimes of N pulls.
  ///
  /// - Throws: `UnsupportedFamilyError` or `SettingsError` for bandits that it cannot play.
  init(_ configuration: Configuration, armCount: Int, pullCount: Int) throws
  /// Chooses an arm by the rewards so far.
  func chooseArm(after counts: ArmCounts, using random: inout RandomStream) -> Int
}

/// A learner that has nothing to train: its agents pull arms by a rule.
public struct BanditLearner<Rule: ArmRule>: MetaLearner {
  public typealias Configuration = Rule.Configuration

  private let rule: Rule
  private let armCount: Int

  /// Makes the rule for the family's bandits.
  ///
  /// - Throws: `UnsupportedFamilyError` unless actions are choices and an episode is one step; what the rule throws.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    armCount = try arms(of: spec, for: Rule.learner)
    rule = try Rule(configuration, armCount: armCount, pullCount: max(1, spec.episodesPerLifetime))
  }

  public mutating func metaTrain(_ session: inout TrainingSession) {}

  public func makeAgent(using random: LaneRandom) -> BanditAgents<Rule> {
    BanditAgents(rule, armCount: armCount, laneCount: random.count)
  }
}

/// Agents that pull arms by a rule, one a lane.
public struct BanditAgents<Rule: ArmRule>: Agent {
  /// An agent of one lane: the rule and what it has counted.
  public struct Lane: LaneAgent {
    /// The rule that chooses the arms.
    public let rule: Rule
    /// The pulls and rewards of the lifetime so far.
    public private(set) var counts: ArmCounts
    /// The first reward that the rule can make nothing of.
    fileprivate var strangeReward: Double?

    public mutating func act(on observation: [Float], using random: inout RandomStream) -> LaneAction {
      .discrete(rule.chooseArm(after: counts, using: &random))
    }

    public mutating func observe(_ transition: LaneTransition) {
      guard case .discrete(let arm) = transition.action else { return }
      let reward = Double(transition.reward)
      let isKnown = Rule.rewardsAreBinary ? reward == 0 || reward == 1 : (0...1).contains(reward)
      if !isKnown, strangeReward == nil { strangeReward = reward }
      counts.count(arm, reward: reward)
    }
  }

  /// The agents, in the order of the lanes.
  public private(set) var lanes: PerLane<Lane>

  /// Newborn agents, which have not pulled an arm.
  public init(_ rule: Rule, armCount: Int, laneCount: Int) {
    let newborn = Lane(rule: rule, counts: ArmCounts(armCount: armCount))
    lanes = PerLane([Lane](repeating: newborn, count: laneCount))
  }

  public mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    lanes.act(on: observations, using: &random)
  }

  public mutating func observe(_ transition: Transition) { lanes.observe(transition) }

  /// Throws if there were rewards that the rule does not support.
  ///
  /// - Throws: `UnsupportedFamilyError`.
  public mutating func endEpisode(using random: inout LaneRandom) throws {
    guard let reward = lanes.agents.lazy.compactMap(\.strangeReward).first else { return }
    let needed = Rule.rewardsAreBinary ? "0 or 1" : "from 0 to 1"
    throw UnsupportedFamilyError("\(Rule.learner) needs rewards that are \(needed), not \(reward).")
  }
}

/// The number of arms of a bandit.
///
/// - Throws: `UnsupportedFamilyError` unless actions are choices and an episode is one step.
func arms(of spec: EnvironmentSpec, for learner: String) throws -> Int {
  guard case .discrete(let count) = spec.actionSpace, spec.horizon == 1 else {
    throw UnsupportedFamilyError(
      "\(learner) pulls the arms of a bandit: it needs choices and episodes of one step. This family has "
        + "\(spec.actionsInWords) and episodes of up to \(spec.horizon) steps; bernoulli-bandit-5x10 would do.")
  }
  return count
}

extension EnvironmentSpec {
  /// "5 choices".
  var actionsInWords: String {
    switch actionSpace {
    case .discrete(let count): "\(count) choices"
    case .continuous(let size): "continuous actions of \(size) numbers"
    }
  }
}
