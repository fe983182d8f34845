import MetaRL

/// The state of a run, as other processes see it.
package enum RunState: Sendable, Equatable {
  /// It has not begun.
  case planned
  /// A process works on it.
  case running
  /// The process that worked on it is gone.
  case cutOff
  /// The user stopped it.
  case interrupted
  /// It has ended with an error.
  case failed(String)
  /// It has ended as planned.
  case done

  /// Looks at a run's directory.
  package init(ofRunAt path: String) {
    // What cannot be read is begun again, from the last checkpoint.
    switch (try? RunStatus(ofRunAt: path)) ?? .planned {
    case .planned: self = .planned
    case .running: self = DirectoryLock.isHeld(on: path) ? .running : .cutOff
    // Without its results, a run is not done, whatever happened to them.
    case .done:
      let hasResults = [RunFile.episodes, RunFile.returns].contains {
        Files.lastBytes(of: path + "/" + $0, count: 1)?.isEmpty == false
      }
      self = hasResults ? .done : .cutOff
    case .failed(let cause): self = .failed(cause)
    case .interrupted: self = .interrupted
    }
  }

  /// One or two words.
  package var inWords: String {
    switch self {
    case .planned: "planned"
    case .running: "running"
    case .cutOff: "cut off"
    case .interrupted: "interrupted"
    case .failed: "failed"
    case .done: "done"
    }
  }
}
