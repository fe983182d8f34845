import MetaRL

/// The description of a family that a worker sends when it has started.
struct FamilyDescription: Codable, Hashable, Sendable {
  struct Action: Codable, Hashable, Sendable {
    /// "continuous" or "discrete".
    var kind: String
    /// The numbers of a vector, or the number of choices.
    var size: Int
    /// The value of action 1 in the environment's units; the largest, where they differ.
    var scale: Double
    /// The value of -1 in the environment's units, for each number of a vector.
    var low: [Double]?
    /// The value of 1 in the environment's units, for each number of a vector.
    var high: [Double]?
    /// Whether numbers are rounded to whole ones.
    var areWhole: Bool?
    /// The environment's number of the first choice.
    var first: Int?

    /// The units of actions for the card; nil if they are those of `scale`.
    var units: FamilyCard.ActionUnits? {
      if let first { return FamilyCard.ActionUnits(firstChoice: first) }
      guard let low, let high else { return nil }
      return FamilyCard.ActionUnits(ranges: zip(low, high).map { $0...$1 }, areWhole: areWhole ?? false)
    }
  }

  var `protocol`: Int
  var observationSize: Int
  var action: Action
  var horizon: Int
  /// By the name of the split; null where tasks are without end.
  var taskCounts: [String: Int?]
  /// Whether a task is the seed of its resets.
  var tasksAreSeeds: Bool
  var descriptorSize: Int
  var testTasksAreTrainingTasks: Bool
  var episodesAreNumbered: Bool
  var episodesPerLifetime: Int
  var reportedReward: String
  var summary: String
  var source: String
  var version: Int
  /// The return of acting at random, if it is known.
  var randomReturn: Double?
  /// The return of knowing the task, if it is known.
  var oracleReturn: Double?
  var software: [[String]]

  /// The version of the frames and of all they hold.
  static let protocolVersion = 1

  /// The error; nil if there is none.
  var problem: String? {
    func bad(_ name: String, _ value: some Any) -> String { "its \(name) is \(value)" }
    if `protocol` != Self.protocolVersion { return bad("protocol", `protocol`) }
    if !(1...10_000_000).contains(observationSize) { return bad("number of observed numbers", observationSize) }
    if !(1...1_000_000).contains(action.size) { return bad("number of actions", action.size) }
    if !["continuous", "discrete"].contains(action.kind) { return bad("kind of action", action.kind) }
    if !(action.scale.isFinite && action.scale > 0) { return bad("scale of actions", action.scale) }
    if let low = action.low, let high = action.high {
      guard low.count == action.size, high.count == action.size, zip(low, high).allSatisfy({ $0 <= $1 }) else {
        return bad("range of actions", "\(low) to \(high)")
      }
    }
    if !(1...1_000_000_000).contains(horizon) { return bad("limit of steps", horizon) }
    if taskCounts.values.contains(where: { $0.map { $0 < 1 } ?? false }) {
      return bad("number of tasks", "not positive")
    }
    if !(1...1_000_000).contains(descriptorSize) { return bad("descriptor's length", descriptorSize) }
    if !(1...10_000).contains(episodesPerLifetime) { return bad("EPISODES_PER_LIFETIME", episodesPerLifetime) }
    if RewardChannel(rawValue: reportedReward) == nil { return bad("REPORTED_REWARD", reportedReward) }
    if !(1...1_000_000_000).contains(version) { return bad("VERSION", version) }
    if summary.isEmpty || source.isEmpty { return bad("SUMMARY or SOURCE", "empty") }
    return nil
  }

  var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: observationSize,
      actionSpace: action.kind == "discrete" ? .discrete(count: action.size) : .continuous(size: action.size),
      horizon: horizon, reportedReward: RewardChannel(rawValue: reportedReward) ?? .dense,
      episodesPerLifetime: episodesPerLifetime)
  }
}
