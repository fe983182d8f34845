package enum RunState: Sendable, Hashable {
  case planned
  /// It has begun, and has not ended.
  case running
  /// The process that worked on it is gone; no file says so.
  case cutOff
  /// The user stopped it; it can be resumed.
  case interrupted
  /// It has ended with an error.
  case failed(String)
  case done

  /// The state that a word in a file stands for; nil if there is no such state.
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
  package init?(saidIn directory: String) throws {
    let path = directory + "/" + RunFile.status
    guard Files.exists(path) else { return nil }
    let file = try StoredObject(at: path)
    guard let state = Self(try file.text("status"), cause: file.json["cause"]?.stringValue) else {
      throw file.problem("status", "running, done, failed or interrupted")
    }
    self = state
  }

  /// Looks at a run's directory, and whether a process works on it.
  package init(ofRunAt path: String) {
    // What cannot be read is begun again, from the last checkpoint.
    self = (try? Self(saidIn: path)) ?? .planned
    if self == .running, !DirectoryLock.isHeld(on: path) { self = .cutOff }
    // Without its results, a run is not done, whatever happened to them.
    let hasResults = [RunFile.episodes, RunFile.returns].contains {
      Files.lastBytes(of: path + "/" + $0, count: 1)?.isEmpty == false
    }
    if self == .done, !hasResults { self = .cutOff }
  }

  /// One or two words, which files have, too.
  package var word: String {
    switch self {
    case .planned: "planned"
    case .running: "running"
    case .cutOff: "cut off"
    case .interrupted: "interrupted"
    case .failed: "failed"
    case .done: "done"
    }
  }

  package var cause: String? { if case .failed(let cause) = self { cause } else { nil } }

  package var json: JSONValue {
    (["status": .string(word)] as JSONValue).appending("cause", cause.map { .string($0) })
  }

  /// Whether there is a result, and why not.
  package var inWords: String {
    switch self {
    case .planned: "not begun"
    case .running, .cutOff: "not ended"
    case .failed(let cause): "failed: \(cause)"
    case .done, .interrupted: word
    }
  }
}
