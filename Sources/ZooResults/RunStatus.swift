import MetaRL

/// The state of a run, according to its files.
package enum RunStatus: Sendable, Hashable {
  /// It has not begun.
  case planned
  /// It has begun, and has not ended; perhaps it was cut off.
  case running
  /// It has ended as planned.
  case done
  /// It has ended with an error.
  case failed(String)
  /// The user stopped it.
  case interrupted

  /// The status of a word in a file; nil if there is no such status.
  package init?(_ word: String, cause: String?) {
    switch word {
    case "planned": self = .planned
    case "running": self = .running
    case "done": self = .done
    case "failed": self = .failed(cause ?? "the cause is not known")
    case "interrupted": self = .interrupted
    default: return nil
    }
  }

  /// Reads what the directory of a run says; nil if it says nothing.
  ///
  /// - Throws: `UsageProblem` that names the file.
  package init?(ofRunAt directory: String) throws {
    let path = directory + "/" + RunFile.status
    guard Files.exists(path) else { return nil }
    let file = try StoredObject(at: path)
    guard let status = Self(try file.text("status"), cause: file.json["cause"]?.stringValue) else {
      throw file.problem("status", "running, done, failed or interrupted")
    }
    self = status
  }

  /// The word that files have for it.
  package var word: String {
    switch self {
    case .planned: "planned"
    case .running: "running"
    case .done: "done"
    case .failed: "failed"
    case .interrupted: "interrupted"
    }
  }

  /// As a run's directory has it.
  package var json: JSONValue {
    if case .failed(let cause) = self { return ["status": .string(word), "cause": .string(cause)] }
    return ["status": .string(word)]
  }

  /// For people: whether there is a result, and why not.
  package var inWords: String {
    switch self {
    case .planned: "not begun"
    case .running: "not ended"
    case .done: "done"
    case .failed(let cause): "failed: \(cause)"
    case .interrupted: "interrupted"
    }
  }
}
