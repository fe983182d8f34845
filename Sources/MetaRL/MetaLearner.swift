import Tensors

/// A factory of agents, improved by meta-training.
///
/// A learner is `Codable`; that alone makes its checkpoints.
public protocol MetaLearner: Codable, Sendable {
  /// Its settings; the defaults of the stored properties are the only home of a default.
  associatedtype Configuration: LearnerConfiguration
  /// The type of the agent.
  associatedtype LifetimeAgent: Agent

  /// Makes an untrained learner.
  ///
  /// - Throws: `UnsupportedFamily` if it cannot act in such an environment, `InvalidSettings` if its settings
  ///   contradict each other.
  init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws

  /// Returns newborn agents, one for each stream of `random`, that know nothing yet of their tasks.
  func makeAgent(mode: AgentMode, using random: LaneRandom) -> LifetimeAgent

  /// Runs one iteration of the outer loop.
  ///
  /// Environment steps are taken through the session, which counts them. An iteration that takes none tells the
  /// harness that there is nothing to train.
  ///
  /// - Throws: what the session throws, and `TrainingFailure` if the numbers have become useless.
  mutating func metaTrain(_ session: inout TrainingSession) throws
}

/// The settings of a learner.
public protocol LearnerConfiguration: Codable, Sendable {
  /// The defaults.
  init()
  /// The declarations of all stored properties, in display order.
  static var settings: [Setting] { get }
}

/// The declaration of a setting.
public struct Setting: Sendable {
  /// The values that a setting can take.
  public enum Range: Sendable, Equatable {
    /// A whole number.
    case integer(ClosedRange<Int>)
    /// A number from the first to the second, both allowed.
    case number(ClosedRange<Double>)
    /// A number above the first, up to the second.
    case numberAbove(Double, through: Double)
    /// Yes or no.
    case boolean
    /// One of these words.
    case choice([String])
    /// A list of whole numbers.
    case integers(each: ClosedRange<Int>, count: ClosedRange<Int>)
    /// A list of numbers.
    case numbers(each: ClosedRange<Double>, count: ClosedRange<Int>)
  }

  /// The name of the stored property.
  public var key: String
  /// The meaning, with its unit.
  public var meaning: String
  /// The values it can take.
  public var range: Range
  /// The paper's symbol, if it has one.
  public var symbol: String?
  /// The source of the default.
  public var source: String

  /// Describes a stored property.
  public init(_ key: String, _ meaning: String, _ range: Range, symbol: String? = nil, source: String) {
    self.key = key
    self.meaning = meaning
    self.range = range
    self.symbol = symbol
    self.source = source
  }
}

/// Settings that are allowed one by one contradict each other.
public struct InvalidSettings: Error, CustomStringConvertible {
  /// The error, and the valid values.
  public let description: String

  /// Says what is wrong, and what would be right.
  public init(_ description: String) { self.description = description }
}

/// A learner cannot act in an environment of this kind.
public struct UnsupportedFamily: Error, CustomStringConvertible {
  /// The error, and the valid values.
  public let description: String

  /// Says what is wrong, and what would be right.
  public init(_ description: String) { self.description = description }
}

/// Training has produced numbers that are not finite, or something as useless.
public struct TrainingFailure: Error, CustomStringConvertible {
  /// The error and its place.
  public let description: String

  /// Says what happened and where.
  public init(_ description: String) { self.description = description }
}
