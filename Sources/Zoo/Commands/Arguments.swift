import MetaRL

struct CommandOption: Sendable {
  /// The name, without the dashes.
  var name: String
  /// The placeholder of the value in help; nil if the option takes none.
  var placeholder: String?
  var meaning: String
  /// Whether it can be given more than once.
  var isRepeatable: Bool
  /// The default, from the comparison of a catalog.
  var standard: @Sendable (Suite) -> String

  init(
    _ name: String, _ placeholder: String?, _ meaning: String, isRepeatable: Bool = false,
    standard: @escaping @Sendable (Suite) -> String = { _ in "" }
  ) {
    (self.name, self.placeholder, self.meaning, self.isRepeatable) = (name, placeholder, meaning, isRepeatable)
    self.standard = standard
  }

  /// An option without a value.
  init(_ name: String, _ meaning: String) { self.init(name, nil, meaning) }

  /// An option whose default is the same in all catalogs.
  init(_ name: String, _ placeholder: String, _ meaning: String, default text: String) {
    self.init(name, placeholder, meaning) { _ in text }
  }

  /// The same option where something else holds if it is not given.
  func standing(for text: String) -> CommandOption {
    var option = self
    option.standard = { _ in text }
    return option
  }

  func meaning(in suite: Suite) -> String {
    let standard = standard(suite)
    return standard.isEmpty ? meaning : "\(meaning) (default: \(standard))"
  }
}

struct Arguments: Sendable {
  private(set) var positionals: [String] = []
  private var values: [String: [String]] = [:]

  init(_ words: [String], for command: Command) throws {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-"), word.count > 1 else {
        positionals.append(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let typed = parts[0]
      guard typed.hasPrefix("--"), let option = command.options.first(where: { "--" + $0.name == typed }) else {
        throw UsageError(unknownName("option", typed, among: command.options.map { "--" + $0.name }))
      }
      let given = parts.count > 1 ? parts[1] : nil
      try read(option, given: given, rest: &rest)
    }
  }

  private mutating func read(_ option: CommandOption, given: String?, rest: inout ArraySlice<String>) throws {
    if values[option.name] != nil, !option.isRepeatable { throw UsageError("--\(option.name) is given twice") }
    guard let placeholder = option.placeholder else {
      guard given == nil else { throw UsageError("--\(option.name) takes no value") }
      values[option.name] = [""]
      return
    }
    guard let value = given ?? rest.popFirst(), !value.isEmpty else {
      throw UsageError("--\(option.name) needs a value: --\(option.name) \(placeholder)")
    }
    values[option.name, default: []].append(value)
  }

  /// Refuses options that mean nothing to one word of a command.
  func refuseOptions(otherThan known: [String], of words: String) throws {
    guard let foreign = values.keys.sorted().first(where: { !known.contains($0) }) else { return }
    let meant = known.map { "--" + $0 }.joined(separator: ", ")
    throw UsageError("\(words) does not take --\(foreign); it takes \(meant)")
  }

  var isEmpty: Bool { values.isEmpty }

  func has(_ name: String) -> Bool { values[name] != nil }

  func text(_ name: String) -> String? { values[name]?.first }

  func texts(_ name: String) -> [String] { values[name] ?? [] }

  /// The value of an option, a list of names.
  func names(_ name: String) throws -> [String]? {
    guard let text = text(name) else { return nil }
    let names = text.split(separator: ",").map(String.init)
    guard !names.isEmpty else { throw UsageError("--\(name) needs at least one name") }
    return names
  }

  /// The one operand.
  func operand(_ message: String) throws -> String {
    guard let operand = positionals.first, positionals.count == 1 else { throw UsageError(message) }
    return operand
  }

  /// One of some words: the value of an option of that name, or a part of it.
  func choice<Value: RawRepresentable & CaseIterable>(
    _ text: String?, of kind: String, option: String? = nil
  ) throws -> Value? where Value.RawValue == String {
    guard let text else { return nil }
    guard let value = Value(rawValue: text) else {
      let place = option.map { "--\($0): " } ?? ""
      throw UsageError(place + unknownName(kind, text, among: Value.allCases.map(\.rawValue)))
    }
    return value
  }

  func split() throws -> TaskID.Split? { try choice(text("split"), of: "split") }

  func jobs() throws -> Int { try integer("jobs", in: 1...1024) ?? Surroundings.processorCount }

  /// The value of an option, a whole number; 1e6 and 1_000_000 are, too.
  func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = text(name) else { return nil }
    guard let number = DecimalLiteral.integer(in: text.filter { $0 != "_" }), range.contains(number) else {
      throw UsageError(
        "--\(name) is a whole number from \(range.lowerBound) to \(range.upperBound), not \"\(text)\"")
    }
    return number
  }

  func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
    guard let text = text(name) else { return nil }
    guard let number = Double(text), range.contains(number) else {
      let (low, high) = (NumberText.plain(range.lowerBound), NumberText.plain(range.upperBound))
      throw UsageError("--\(name) is a number from \(low) to \(high), not \"\(text)\"")
    }
    return number
  }

  /// The value of an option, seeds: `0..2`, `0,1,5`, or both.
  func seeds(_ name: String) throws -> [UInt64]? {
    try text(name).map { try Suite.seeds(in: $0, named: "--\(name)") }
  }

  /// Settings laid over those of learners: `key=value` or `learner.key=value`.
  func overrides() throws -> [SettingOverride] {
    try texts("set").map { text in
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw UsageError("--set is key=value or learner.key=value, not \"\(text)\"")
      }
      let name = text[..<equals]
      let value = String(text[text.index(after: equals)...])
      guard let dot = name.firstIndex(of: ".") else { return SettingOverride(key: String(name), value: value) }
      return SettingOverride(
        learner: String(name[..<dot]), key: String(name[name.index(after: dot)...]), value: value)
    }
  }
}

extension Arguments {
  func path(_ name: String) throws -> String? { try text(name).map { try ZooFiles.path(typed: $0) } }

  /// The path of a directory to write, which is the value of an option.
  ///
  /// - Throws: `UsageError` for a name that is meant for a file, unless it is there or has a slash at its end.
  func directory(_ name: String) throws -> String? {
    guard let path = try path(name) else { return nil }
    let endings = [
      "csv", "gif", "gz", "htm", "html", "jpeg", "jpg", "json", "json5", "jsonl", "md", "mp4", "onnx", "pdf", "png",
      "pt",
      "safetensors", "svg", "tar", "tex", "txt", "webp", "zip",
    ]
    guard let ending = path.ending, endings.contains(ending), !namesDirectory(name), !Files.isDirectory(path) else {
      return path
    }
    throw UsageError(
      "--\(name) \(path) names a directory here, and looks like a file. Choose another, or type --\(name) "
        + "\(path.shellWord)/")
  }

  /// The operands, read as paths.
  var paths: [String] { get throws { try positionals.map { try ZooFiles.path(typed: $0) } } }

  /// Whether the value of an option can only be the path of a directory, as one with a slash at its end.
  func namesDirectory(_ name: String) -> Bool {
    guard let text = text(name) else { return false }
    return text.hasSuffix("/") || ["", ".", "..", "~"].contains(text.lastPathPart)
  }
}

/// A new directory for results, checked before any work is done.
///
/// - Throws: `UsageError` if it cannot be written or holds something.
func resultDirectory(_ arguments: Arguments, prefix: String) throws -> String {
  let path = try arguments.directory("out") ?? unusedName(prefix)
  // What cannot be looked into may hold another run.
  if Files.isDirectory(path), try !Files.names(in: path).isEmpty {
    throw UsageError("the directory \"\(path)\" is not empty. Choose another with --out DIR.")
  }
  try Files.makeWritableDirectory(path)
  return path
}

/// "runs/compare-20260101-101500", with a number appended if the name is taken.
private func unusedName(_ prefix: String) -> String {
  let digits = Surroundings.time.filter { $0.isNumber }
  let name = "runs/\(prefix)-\(digits.prefix(8))-\(digits.dropFirst(8).prefix(6))"
  var (unused, number) = (name, 2)
  while Files.exists(unused) {
    unused = "\(name)-\(number)"
    number += 1
  }
  return unused
}
