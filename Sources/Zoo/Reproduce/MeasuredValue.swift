/// A mean over tasks and seeds, with what is known of how far it may be off.
///
/// The tasks are the same under every seed. So the returns of a task are averaged over seeds first, and two errors add:
/// that of the number of tasks and that of the number of seeds. The interval is Student's, with the degrees of freedom
/// of Welch and Satterthwaite: close to normal where tasks are what is uncertain, and wide where few seeds differ.
package struct MeasuredValue: Sendable, Equatable {
  package var mean: Double
  package var standardError: Double
  /// Its 95 % interval; nil where there is nothing to tell it from.
  package var interval: ClosedRange<Double>?
  /// The standard deviation over tasks within one seed.
  package var deviation: Double
  package var seedMeans: [Double]
  package var taskCount: Int
  /// The median over the tasks of all seeds together; nil of a paired statistic, and of what was stored before medians were.
  package var median: Double?

  /// The mean of returns.
  ///
  /// - Parameters:
  ///   - returns: `[seed][task]`, as many tasks under each seed.
  ///   - tasksAreAll: whether there are no other tasks: then nothing is uncertain about them, and only seeds add.
  package init(meanOf returns: [[Double]], tasksAreAll: Bool = false) {
    let seedMeans = returns.map { Self.mean($0) }
    let taskCount = returns.first?.count ?? 0
    let taskMeans = (0..<taskCount).map { task in Self.mean(returns.map { $0[task] }) }
    let variances = returns.map { Self.variance($0) }
    self.init(
      mean: Self.mean(seedMeans), ofTasks: tasksAreAll ? 0 : Self.variance(taskMeans) / Double(max(taskCount, 1)),
      taskFreedom: tasksAreAll ? 0 : Double(taskCount - 1), seedMeans: seedMeans,
      deviation: Self.mean(variances).squareRoot(),
      taskCount: taskCount)
    median = Self.median(returns.flatMap { $0 })
  }

  /// The paired t statistic of differences by task, averaged over seeds.
  ///
  /// The error of a t statistic is √(1 + t²/2ν).
  ///
  /// - Parameters:
  ///   - returns: `[seed][task]`.
  ///   - others: as many again; what is subtracted.
  package init(pairedTOf returns: [[Double]], against others: [[Double]]) {
    let statistics = zip(returns, others).map { Self.pairedT(zip($0, $1).map { $0 - $1 }) }
    let t = Self.mean(statistics)
    let taskCount = returns.first?.count ?? 0
    let freedom = Double(max(taskCount - 1, 1))
    self.init(
      mean: t, ofTasks: 1 + t * t / (2 * freedom), taskFreedom: freedom, seedMeans: statistics, deviation: 0,
      taskCount: taskCount)
  }

  private init(
    mean: Double, ofTasks a: Double, taskFreedom: Double, seedMeans: [Double], deviation: Double, taskCount: Int
  ) {
    (self.mean, self.seedMeans, self.deviation, self.taskCount) = (mean, seedMeans, deviation, taskCount)
    let seeds = Double(seedMeans.count)
    let b = seedMeans.count > 1 ? Self.variance(seedMeans) / seeds : 0
    standardError = (a + b).squareRoot()
    guard taskFreedom > 0 || seedMeans.count > 1 else { return }
    let squares = (taskFreedom > 0 ? a * a / taskFreedom : 0) + (seeds > 1 ? b * b / (seeds - 1) : 0)
    let freedom = squares > 0 ? (a + b) * (a + b) / squares : 1e9
    let half = StudentT(degreesOfFreedom: freedom).bound95 * standardError
    guard half.isFinite, mean.isFinite else { return }
    interval = mean - half...mean + half
  }

  /// Puts together what a file has.
  package init(
    mean: Double, standardError: Double, interval: ClosedRange<Double>?, deviation: Double, seedMeans: [Double],
    taskCount: Int, median: Double? = nil
  ) {
    (self.mean, self.standardError, self.interval) = (mean, standardError, interval)
    (self.deviation, self.seedMeans, self.taskCount, self.median) = (deviation, seedMeans, taskCount, median)
  }

  package func scaled(by factor: Double) -> MeasuredValue {
    var scaled = self
    scaled.mean *= factor
    scaled.standardError *= abs(factor)
    scaled.deviation *= abs(factor)
    scaled.median = median.map { $0 * factor }
    scaled.seedMeans = seedMeans.map { $0 * factor }
    scaled.interval = interval.map {
      let ends = [$0.lowerBound * factor, $0.upperBound * factor].sorted()
      return ends[0]...ends[1]
    }
    return scaled
  }

  /// The t statistic of a mean being 0; 0 where nothing differs.
  private static func pairedT(_ differences: [Double]) -> Double {
    let error = (variance(differences) / Double(max(differences.count, 1))).squareRoot()
    return error > 0 ? mean(differences) / error : 0
  }

  private static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
  }

  /// The number in the middle, or the mean of the two that are; nil of none.
  private static func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  private static func variance(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let mean = mean(values)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
  }
}

extension MeasuredValue {
  var json: JSONValue {
    let ends = interval.map { JSONValue.array([.number($0.lowerBound), .number($0.upperBound)]) }
    let members: JSONValue = [
      "mean": .number(mean), "standardError": .number(standardError), "interval": ends ?? .null,
      "deviation": .number(deviation), "seedMeans": .array(seedMeans.map { .number($0) }),
      "tasks": .integer(taskCount),
    ]
    return members.appending("median", median.map { .number($0) })
  }

  /// Reads what `json` has written.
  init(_ stored: StoredObject) throws {
    let ends = stored.json["interval"]?.arrayValue?.compactMap(\.numberValue) ?? []
    guard ends.isEmpty || ends.count == 2 && ends[0] <= ends[1] else {
      throw stored.problem("interval", "two rising numbers or null")
    }
    for key in ["mean", "standardError", "deviation"] where !(try stored.number(key)).isFinite {
      throw stored.problem(key, "a number")
    }
    guard let means = stored.json["seedMeans"]?.arrayValue?.map({ $0.numberValue ?? .nan }) else {
      throw stored.problem("seedMeans", "a list of numbers")
    }
    self.init(
      mean: try stored.number("mean"), standardError: try stored.number("standardError"),
      interval: ends.isEmpty ? nil : ends[0]...ends[1], deviation: try stored.number("deviation"), seedMeans: means,
      taskCount: try stored.integer("tasks", in: 0...1_000_000),
      median: try stored.optional("median", stored.number))
  }
}
