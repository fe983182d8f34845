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
  /// - Parameter directory: where they go; it is made.
  /// - Returns: the number of files.
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
