/// An invalid request; nothing has been done.
///
/// Where a file is to blame, it is named, with the key or the line.
public struct UsageError: Error, CustomStringConvertible, Equatable {
  /// The error, and the valid values.
  public let description: String

  /// Says what is wrong, and what would be right.
  public init(_ description: String) { self.description = description }
}

/// The codes that the command ends with.
public enum ExitCode {
  /// All that was asked for is done.
  public static let done: Int32 = 0
  /// The command line, a name, a setting, a file or a directory is wrong; nothing was done.
  public static let usage: Int32 = 2
  /// Some runs failed; the results of the others are kept.
  public static let failedRuns: Int32 = 3
  /// The user interrupted; the results of finished runs are kept.
  public static let interrupted: Int32 = 4
  /// A check of a learner or a family failed.
  public static let failedChecks: Int32 = 5
  /// A result of a paper's table is stale, or does not hold what it has to.
  public static let outsideTolerance: Int32 = 6
  /// Done, but the output could not be written to standard output.
  public static let unheard: Int32 = 7
  /// Memory ran out; what was kept before is there.
  public static let outOfMemory: Int32 = 8

  package static let inWords = """
    Exit codes: 0 done; 2 the command line, a name, a setting, a file or a directory is wrong, and nothing was
    done; 3 some runs failed or could not be written, and the others are kept; 4 interrupted (zoo resume
    continues after 3, 4 and 8); 5 a check of a learner or a family failed; 6 a reproduced result is stale or out
    of tolerance; 7 done, but standard output could not be written; 8 out of memory.

    """
}
