#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What one run, or all runs of a comparison, have measured so far, for other programs.
struct MeasurementExport {
  /// The directory of the run or of the comparison.
  private let directory: String
  private let out: String?
  /// The directories of the runs that have begun.
  private let runs: [String]
  private let standing: StandingOfRuns

  /// Finds the runs in a directory.
  ///
  /// - Parameters:
  ///   - directory: of a run or of a comparison.
  ///   - out: where the files go; nil for the usual place.
  /// - Throws: `UsageError`.
  init(of directory: String, out: String?) throws {
    let directory = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
    self.directory = directory
    self.out = out
    standing = try StandingOfRuns(of: directory)
    runs = try PlannedRuns(in: directory).entries.map(\.directory).filter {
      Files.exists($0 + "/" + RunFile.config)
    }
    guard !runs.isEmpty else {
      throw UsageError(
        "none of the runs in \"\(directory)\" has started. Continue them: zoo resume \(directory.shellWord)")
    }
  }

  private var isOfOneRun: Bool { runs == [directory] }

  private var place: String { out ?? directory + "/exports" }

  // MARK: Notes

  /// How far what is written goes, if not to the end.
  var notes: [String] {
    let left = standing.entries.filter { $0.state != .done }
    guard !left.isEmpty else {
      return runs.allSatisfy(hasEpisodes) ? [] : ["runs for a paper's table keep returns.json in place of episodes"]
    }
    let isWorkedOn = left.contains { $0.state == .running }
    let advice = isWorkedOn ? "" : ". To continue: zoo resume \(directory.shellWord)"
    guard isOfOneRun else {
      let done = standing.entries.count - left.count
      return [
        "\(done) of \(standing.entries.count) runs are done; of the others there is what was trained so far\(advice)"
      ]
    }
    let steps = left[0].steps ?? 0
    let due = standing.stepsPerRun.map { " of \($0)" } ?? ""
    return [
      "the run is not done (\(left[0].state.inWords)): this is as far as it has come, \(steps)\(due) environment steps of "
        + "training\(hasEpisodes(runs[0]) ? "" : ", without an evaluation")\(advice)"
    ]
  }

  private func hasEpisodes(_ run: String) -> Bool { Files.exists(run + "/" + RunFile.episodes) }

  // MARK: Tables

  private static let episodeColumns = [
    "learner", "family", "seed", "checkpointSteps", "protocol", "split", "task", "kind", "episode", "repetition",
    "return", "steps", "terminated", "succeeded", "experienceSteps",
  ]
  private static let tables = [
    (file: RunFile.episodes, columns: episodeColumns),
    (file: RunFile.training, columns: ["learner", "family", "seed", "iteration", "environmentSteps"]),
    (file: RunFile.untrained, columns: episodeColumns),
  ]

  /// Writes the rows of the runs as tables, and returns the paths.
  ///
  /// Where no run has the rows of a table, it is not written; that of training always is.
  ///
  /// - Throws: `UsageError`, or `FileError`.
  func tables() throws -> [String] {
    let tables = try Self.tables.compactMap { file, columns -> (path: String, text: String)? in
      let files = runs.map { $0 + "/" + file }.filter(Files.exists)
      guard !files.isEmpty || file == RunFile.training else { return nil }
      let parts = files.map { file in { try Self.rows(of: file) } }
      let name = file.replacing(".jsonl", with: ".csv")
      return ("\(place)/\(name)", try CSV.table(parts, columns: columns))
    }
    try Files.makeWritableDirectory(place)
    for (path, text) in tables { try Files.write(text, to: path) }
    return tables.map(\.path)
  }

  private static func rows(of path: String) throws -> [JSONValue] {
    // An incomplete last line was cut off while it was written.
    let lines = try Files.text(of: path).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    var rows: [JSONValue] = []
    for (number, line) in lines.enumerated() where !line.isEmpty {
      func problem(_ what: String) -> UsageError { UsageError("\"\(path)\" line \(number + 1): \(what)") }
      do {
        let row = try JSONValue(parsing: String(line))
        guard row.members != nil else { throw problem("it is not an object") }
        rows.append(row)
      } catch let wrong as JSONError {
        throw problem("\(wrong.what) (column \(wrong.column))")
      }
    }
    return rows
  }

  // MARK: Events

  /// Writes the numbers of training and, where there are any, the adaptation curves for TensorBoard; returns the paths.
  ///
  /// - Throws: `UsageError`, or `FileError`.
  func events() throws -> [String] {
    try runs.map { run in
      let record = try RunRecord(at: run)
      let curve = record.state == .done && hasEpisodes(run) ? RunCurve(try record.curve()) : nil
      let directory = isOfOneRun ? place : "\(place)/tensorboard/\(record.placeOfEvents)"
      try Files.makeWritableDirectory(directory)
      let path = directory + "/events.out.tfevents.0.zoo"
      try Files.write(TensorBoardEvents(of: record, curve).data, to: path)
      return path
    }
  }
}
