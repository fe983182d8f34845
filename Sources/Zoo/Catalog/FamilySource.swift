import MetaRL

/// A source of families that cannot be listed: each is made on demand.
///
/// A name belongs to a source if it begins with the source's prefix. The same name has to mean the same family on every
/// machine, since runs are stored and resumed by name.
public struct FamilySource: Sendable {
  /// The prefix of its families' names; it ends with a colon.
  public let prefix: String
  /// The forms of names with their meanings, as `zoo list families` shows them.
  public let forms: [(form: String, meaning: String)]
  /// Names that there are, for messages.
  public let examples: [String]
  let find: @Sendable (_ name: String) throws -> any TaskFamily
  let close: @Sendable () -> Void

  /// Describes a source.
  ///
  /// - Parameters:
  ///   - prefix: what names begin with, up to a colon.
  ///   - forms: how names are written and what they stand for.
  ///   - examples: names that there are.
  ///   - close: gives up whatever is held for families; they are not used any more. The command line calls it at its end.
  ///   - find: makes the family of a name, or finds the one it has made before. What it throws is a message for the user.
  public init(
    prefix: String, forms: [(form: String, meaning: String)], examples: [String],
    close: @escaping @Sendable () -> Void = {},
    find: @escaping @Sendable (_ name: String) throws -> any TaskFamily
  ) {
    self.prefix = prefix
    self.forms = forms
    self.examples = examples
    self.close = close
    self.find = find
  }
}
