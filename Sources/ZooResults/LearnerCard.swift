/// A short description of a learner.
public struct LearnerCard: Sendable {
  /// The role of a learner in a comparison.
  public enum Role: String, Codable, CaseIterable, Sendable {
    /// To be compared.
    case learner
    /// To show what the others' numbers mean.
    case control
  }

  /// The data that a learner is trained on.
  public enum DataUse: String, Codable, Sendable {
    /// Data of the current policy.
    case onPolicy = "on-policy"
    /// Data of earlier policies.
    case offPolicy = "off-policy"
    /// None.
    case none
  }

  /// The kinds of action that a learner can take.
  public enum Actions: String, Codable, Sendable {
    /// Vectors.
    case continuous
    /// Choices.
    case discrete
    /// Either.
    case both
  }

  /// The role in a comparison.
  public var role: Role
  /// One sentence.
  public var summary: String
  /// The state that adapts in an agent's lifetime, and the method.
  public var adaptsBy: String
  /// The data that it is trained on.
  public var data: DataUse
  /// The kinds of action that it can take.
  public var actions: Actions
  /// Authors, year and number of the paper, if there is one.
  public var paper: String?

  /// Fills in a card.
  public init(
    role: Role = .learner, summary: String, adaptsBy: String, data: DataUse = .onPolicy, actions: Actions = .both,
    paper: String? = nil
  ) {
    (self.role, self.summary, self.adaptsBy, self.data, self.actions) = (role, summary, adaptsBy, data, actions)
    self.paper = paper
  }
}

extension LearnerCard {
  package init(_ stored: StoredObject) throws {
    self.init(
      role: try stored.choice("role"), summary: try stored.text("summary"), adaptsBy: try stored.text("adaptsBy"),
      data: try stored.optional("data", stored.text).flatMap(DataUse.init(rawValue:)) ?? .onPolicy,
      actions: try stored.optional("actions", stored.text).flatMap(Actions.init(rawValue:)) ?? .both,
      paper: try stored.optional("paper", stored.text))
  }

  package var json: JSONValue {
    [
      "role": .string(role.rawValue), "summary": .string(summary), "adaptsBy": .string(adaptsBy),
      "data": .string(data.rawValue), "actions": .string(actions.rawValue),
      "paper": paper.map { .string($0) } ?? .null,
    ]
  }
}
