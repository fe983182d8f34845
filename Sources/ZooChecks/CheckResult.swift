/// The result of a check.
public struct CheckResult: Sendable, Hashable {
  /// The outcome of a check.
  public enum Outcome: Sendable, Hashable {
    /// The claim holds.
    case passed
    /// The claim does not hold: the reason, and the usual remedy.
    case failed(reason: String, hint: String?)
    /// It cannot be asked of this learner or family: why.
    case doesNotApply(reason: String)
  }

  /// The claim of the check, in a few words.
  public let name: String
  /// The outcome.
  public let outcome: Outcome

  /// Keeps what a check found.
  public init(name: String, outcome: Outcome) {
    self.name = name
    self.outcome = outcome
  }

  /// One line that names the check, the reason and the hint; nil unless it failed.
  public var problem: String? {
    guard case .failed(let reason, let hint) = outcome else { return nil }
    return "\(name): \(reason)" + (hint.map { " (\($0))" } ?? "")
  }
}

/// A failed check.
struct CheckError: Error {
  let reason: String
  var hint: String?

  init(_ reason: String, hint: String? = nil) {
    self.reason = reason
    self.hint = hint
  }
}

/// A check cannot be asked.
struct NotApplicableError: Error {
  let reason: String
}

/// A claim and how to test it.
struct Check {
  let name: String
  let test: () throws -> Void

  init(_ name: String, _ test: @escaping () throws -> Void) {
    self.name = name
    self.test = test
  }

  func result() -> CheckResult {
    do {
      try test()
      return CheckResult(name: name, outcome: .passed)
    } catch let failure as CheckError {
      return CheckResult(name: name, outcome: .failed(reason: failure.reason, hint: failure.hint))
    } catch let obstacle as NotApplicableError {
      return CheckResult(name: name, outcome: .doesNotApply(reason: obstacle.reason))
    } catch {
      return CheckResult(name: name, outcome: .failed(reason: "\(error)", hint: nil))
    }
  }
}

/// The results of checks in order; the others are not tried if the first fails, since they would all say the same.
func results(of checks: [Check], didFinish: (CheckResult) throws -> Void) rethrows -> [CheckResult] {
  var results: [CheckResult] = []
  for check in checks {
    let result: CheckResult
    if let first = results.first, first.problem != nil {
      result = CheckResult(name: check.name, outcome: .doesNotApply(reason: "not tried: \(first.name) failed"))
    } else {
      result = check.result()
    }
    try didFinish(result)
    results.append(result)
  }
  return results
}
