import MetaRL
import Synchronization

/// The environments that were asked for, each opened once.
public final class GymnasiumFamilies: Sendable {
  private let opened = Mutex([String: GymnasiumFamily]())
  private let note: @Sendable (String) -> Void
  private let interpreter: @Sendable (String) throws -> String

  /// Nothing is opened yet.
  ///
  /// - Parameters:
  ///   - note: told of what the user should know though nothing has failed.
  ///   - interpreter: the path that is meant by the interpreter that was named.
  public init(
    note: @escaping @Sendable (String) -> Void = { _ in },
    interpreter: @escaping @Sendable (String) throws -> String = { $0 }
  ) {
    self.note = note
    self.interpreter = interpreter
  }

  /// The family of a name.
  ///
  /// - Parameter name: `gym:ENVIRONMENT` or `gym:MODULE:ENVIRONMENT`.
  /// - Returns: the one that was opened before, if one was.
  /// - Throws: `BridgeError`.
  public func family(named name: String) throws -> GymnasiumFamily {
    try opened.withLock { opened in
      if let family = opened[name] { return family }
      var options = try WorkerOptions()
      options.note = note
      options.python = try interpreter(options.python)
      let family = try GymnasiumFamily(name, options)
      opened[name] = family
      return family
    }
  }

  /// Ends all processes, and waits for their ends.
  public func close() {
    let families = opened.withLock { opened in
      defer { opened = [:] }
      return Array(opened.values)
    }
    for family in families { family.close() }
  }
}
