import Tensors

/// A factory of agents, improved by meta-training.
///
/// What training changes is its `state`: a checkpoint holds that, the settings and the spec, and
/// the harness reads and writes it.
public protocol MetaLearner: Sendable {
  /// Its settings; the defaults of the stored properties are the only home of a default.
  associatedtype Configuration: LearnerConfiguration
  /// Everything that training changes, and nothing that follows from the settings.
  associatedtype State: Codable & Sendable = Stateless
  /// The agent, which lives with one task in each lane.
  associatedtype LifetimeAgent: Agent

  /// Makes an untrained learner.
  ///
  /// - Throws: `UnsupportedFamilyError` if it cannot act in such an environment, `SettingsError` if its settings
  ///   contradict each other.
  init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws

  /// All that training changes, and nothing that follows from settings and spec.
  var state: State { get set }

  /// Whether this untrained learner can continue from a stored state: a file may hold one of another form.
  func canContinue(from state: State) -> Bool

  /// Returns newborn agents, one for each stream of `random`, without experience of their tasks.
  func makeAgent(using random: LaneRandom) -> LifetimeAgent

  /// Runs one iteration of the outer loop.
  ///
  /// Environment steps are taken through the session, which counts them. An iteration that takes none tells the
  /// harness that there is nothing to train.
  ///
  /// - Throws: what the session throws, and `TrainingError` if numbers are not finite.
  mutating func metaTrain(_ session: inout TrainingSession) throws
}

extension MetaLearner {
  /// Makes a learner that continues from a stored state.
  ///
  /// - Throws: what making an untrained learner throws, and `StateError` for a state of another form.
  public init(_ configuration: Configuration, for spec: EnvironmentSpec, restoring state: State) throws {
    try self.init(configuration, for: spec, using: RandomStream(seed: 0))
    guard canContinue(from: state) else { throw StateError() }
    self.state = state
  }
}

/// The state of a learner that training does not change.
public struct Stateless: Codable, Sendable {
  public init() {}
}

extension MetaLearner where State == Stateless {
  /// Nothing.
  public var state: Stateless {
    get { Stateless() }
    set {}
  }

  /// Nothing always fits.
  public func canContinue(from state: Stateless) -> Bool { true }
}

/// A stored state is not that of a learner with such settings.
public struct StateError: Error, CustomStringConvertible {
  public var description: String { "its state is not that of a learner with its settings" }
}

/// Settings that are allowed one by one contradict each other.
public struct SettingsError: Error, CustomStringConvertible {
  public let description: String

  /// Says what is wrong, and what would be right.
  public init(_ description: String) { self.description = description }
}

/// A learner cannot act in an environment of this kind.
public struct UnsupportedFamilyError: Error, CustomStringConvertible {
  public let description: String

  /// Says what is wrong, and what would be right.
  public init(_ description: String) { self.description = description }
}

/// Training has produced numbers that are not finite, or cannot continue for another reason.
public struct TrainingError: Error, CustomStringConvertible {
  public let description: String

  /// Says what happened and where.
  public init(_ description: String) { self.description = description }
}
