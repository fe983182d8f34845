/// The rule by which our number counts as the paper's, fixed before there is a result.
package struct VerdictRule: Sendable {
  package var words: String
  /// The tasks that the paper's numbers are means of; nil if it does not say.
  package var reportedTasks: Int?
  /// The unit of the last digit that the table prints, unless a cell says otherwise.
  package var printedUnit: Double

  package init(words: String, reportedTasks: Int?, printedUnit: Double) {
    (self.words, self.reportedTasks, self.printedUnit) = (words, reportedTasks, printedUnit)
  }

  init(_ stored: StoredObject) throws {
    try stored.refuseKeys(otherThan: ["words", "reportedTasks", "printedUnit"])
    self.init(
      words: try stored.text("words"),
      reportedTasks: try stored.optional("reportedTasks") { try stored.integer($0, in: 1...1_000_000) },
      printedUnit: try stored.number("printedUnit", in: 1e-9...1e9))
  }

  /// The position of a number relative to another.
  package enum Side: String, Sendable {
    /// The intervals have a point in common.
    case within
    case above
    case below
    /// They have, but only since ours is too wide to say anything; or ours has none.
    case undecided
  }

  /// Half of the interval around a published number: its own sampling error, and what rounding has hidden.
  ///
  /// Where the paper names no error but a number of tasks, the error is what that many tasks would have had with the
  /// standard deviation of our results.
  package func halfWidth(
    of number: Double, unit: Double, spread: ReportedSpread?, ours: MeasuredValue, isT: Bool = false
  ) -> Double {
    let tasks = Double(reportedTasks ?? 0)
    let freedom = max(tasks - 1, 1)
    let bound = reportedTasks == nil ? 1.959964 : StudentT(degreesOfFreedom: freedom).bound95
    let error: Double
    switch (spread?.kind, spread?.value) {
    case (.confidence95, let value?): error = value
    case (.standardError, let value?): error = bound * value
    case (.standardDeviationOverTasks, let value?): error = bound * value / max(tasks, 1).squareRoot()
    default:
      if tasks < 2 {
        error = 0
      } else if isT {
        error = bound * (1 + number * number / (2 * freedom)).squareRoot()
      } else {
        error = bound * ours.deviation / tasks.squareRoot()
      }
    }
    return error + unit / 2
  }

  /// The part of a published number that our interval may reach to either side and still say something.
  package static let widestShare = 0.25

  /// The position of our number relative to a published one; a common point is sufficient for within.
  package func side(
    of ours: MeasuredValue, beside number: Double, halfWidth: Double, isT: Bool = false
  ) -> Side {
    guard let interval = ours.interval else { return .undecided }
    // What is equal on paper may differ in the last bits.
    let slack = 1e-9 * max(1, abs(number))
    if interval.lowerBound > number + halfWidth + slack { return .above }
    if interval.upperBound < number - halfWidth - slack { return .below }
    let reach = (interval.upperBound - interval.lowerBound) / 2
    return !isT && reach > max(Self.widestShare * abs(number), halfWidth) + slack ? .undecided : .within
  }
}

package struct ReportedSpread: Sendable, Hashable {
  /// The kind of the number after the ±.
  package enum Kind: String, CaseIterable, Sendable {
    case standardDeviationOverTasks
    /// The standard error of the mean.
    case standardError
    /// Half of a 95 % interval of the mean.
    case confidence95
  }

  /// The number after the ±.
  package var value: Double
  package var kind: Kind

  package init(_ value: Double, _ kind: Kind) { (self.value, self.kind) = (value, kind) }
}

enum Verdict: Sendable, Equatable {
  /// There is no result, or none of what the file asks for now.
  case notRun
  /// There is a result of what the file asked for before.
  case stale
  /// The two numbers cannot be compared.
  case notComparable
  /// The paper has no such number.
  case nothingReported
  /// The number was compared under a budget.
  case compared(VerdictRule.Side, BudgetName)

  /// A few words.
  ///
  /// Only with at least the paper's own budget is a number reproduced.
  var inWords: String {
    switch self {
    case .notRun: "not run"
    case .stale: "stale"
    case .notComparable: "not comparable"
    case .nothingReported: "not in the paper"
    case .compared(.within, .paper): "reproduced"
    case .compared(let side, .paper): side.rawValue
    case .compared(let side, let budget): "\(side.rawValue) (\(budget.rawValue) budget)"
    }
  }
}
