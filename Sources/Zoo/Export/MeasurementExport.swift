/// The measurements of a run, or of all runs of a comparison, for other programs.
struct MeasurementExport {
  private let directory: String
  private let out: String?
  /// The directories of the runs that have begun.
  private let runs: [String]
  private let standing: StandingOfRuns

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

  /// The progress that is written, if the run is unfinished.
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

extension TensorBoardEvents {
  /// What a run has logged in training so far, by environment steps, and, if it is finished, its adaptation curves, by
  /// episodes of experience.
  ///
  /// - Throws: `UsageError` for a log that cannot be read.
  init(of record: RunRecord, _ curve: RunCurve?) throws {
    self.init()
    for metric in try TrainingLog(at: record.directory + "/train.jsonl").metrics {
      add(metric.points, under: "train/\(metric.name)")
    }
    guard let curve else { return }
    let adapted = zip(record.evaluation.probes, curve.adapted).map { episode, returns in
      Scalar(step: episode, value: average(returns))
    }
    add(adapted, under: "adaptation/adaptedReturn")
    let online = curve.online.enumerated().map { Scalar(step: $0, value: average($1)) }
    add(online, under: "adaptation/onlineReturn")
  }
}

extension RunRecord {
  /// Where the events of a run go below a directory of several, as TensorBoard wants them.
  var placeOfEvents: String { "\(learner.name)/\(family.versionedName)/seed-\(seed)" }
}

extension StoredResults {
  /// Writes one file of events a run that has begun, as TensorBoard wants them:
  /// LEARNER/FAMILY/seed-N/events.out.tfevents….
  ///
  /// - Throws: `FileError`, or `UsageError` for a log that cannot be read.
  func writeTensorBoardEvents(to directory: String) throws -> Int {
    let runs = finished.map { ($0.record, $0.curve as RunCurve?) } + holes.compactMap(\.record).map { ($0, nil) }
    for (record, curve) in runs {
      let place = "\(directory)/\(record.placeOfEvents)"
      try Files.makeWritableDirectory(place)
      try Files.write(TensorBoardEvents(of: record, curve).data, to: place + "/events.out.tfevents.0.zoo")
    }
    return runs.count
  }
}
