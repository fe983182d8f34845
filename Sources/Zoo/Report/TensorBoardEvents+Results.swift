extension TensorBoardEvents {
  /// What a finished run logged in training, by environment steps, and its adaptation curves, by episodes of experience.
  ///
  /// - Throws: `UsageProblem` for a log that cannot be read.
  init(of run: StoredResults.FinishedRun) throws {
    self.init()
    for metric in try TrainingLog(at: run.record.directory + "/train.jsonl").metrics {
      add(metric.points, under: "train/\(metric.name)")
    }
    let adapted = zip(run.record.evaluation.probes, run.curve.adapted).map { episode, returns in
      Scalar(step: episode, value: average(returns[...]))
    }
    add(adapted, under: "adaptation/adaptedReturn")
    let online = run.curve.online.enumerated().map { Scalar(step: $0, value: average($1[...])) }
    add(online, under: "adaptation/onlineReturn")
  }
}

extension StoredResults {
  /// Writes one file of events a finished run, as TensorBoard wants them: LEARNER/FAMILY/seed-N/events.out.tfevents….
  ///
  /// - Parameter directory: where they go; it is made.
  /// - Returns: the number of files.
  /// - Throws: `FileProblem`, or `UsageProblem` for a log that cannot be read.
  func writeTensorBoardEvents(to directory: String) throws -> Int {
    for run in finished {
      let record = run.record
      let place = "\(directory)/\(record.learner.name)/\(record.family.versionedName)/seed-\(record.seed)"
      try Files.makeWritableDirectory(place)
      try Files.write(TensorBoardEvents(of: run).data, to: place + "/events.out.tfevents.0.zoo")
    }
    return finished.count
  }
}
