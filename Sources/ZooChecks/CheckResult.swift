/// The result of one check of a learner or family.
public struct CheckResult: Sendable, Hashable {
  /// The outcome of a check, and the reason for it.
  public enum Outcome: Sendable, Hashable {
    /// The claim holds in all that was tried.
    case passed
    /// The claim does not hold: the reason, and the usual remedy.
    case failed(reason: String, hint: String?)
    /// It cannot be asked of this learner or family: why.
    case doesNotApply(reason: String)
  }

  /// The claim of the check, in a few words.
  public let name: String
  /// Whether the claim holds, and why not.
  public let outcome: Outcome

  /// Keeps what the check of that name found.
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

struct CheckError: Error {
  let reason: String
  var hint: String?

  init(_ reason: String, hint: String? = nil) {
    self.reason = reason
    self.hint = hint
  }
}

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

/// A mean with its standard error.
struct Estimate {
  let mean: Double
  let standardError: Double

  init(_ values: [Double]) {
    let count = Double(max(values.count, 1))
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    standardError = (squares / max(count - 1, 1) / count).squareRoot()
  }
}
