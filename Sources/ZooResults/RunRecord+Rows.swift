import MetaRL

extension RunRecord {
  /// Reads `episodes.jsonl`: what the run did on the tasks of evaluation.
  package func curve() throws -> AdaptationCurve { try curve(in: RunFile.episodes) }

  /// Reads `untrained.jsonl`: what the run's learner did on the same tasks before its training; nil if there is no such
  /// file.
  package func untrainedCurve() throws -> AdaptationCurve? {
    guard Files.exists(directory + "/" + RunFile.untrained) else { return nil }
    return try beforeTraining.curve(in: RunFile.untrained)
  }

  /// The run of which the row of the untrained learner tells.
  var beforeTraining: RunRecord {
    var run = self
    run.evaluation = evaluation.ofUntrained
    return run
  }

  private func curve(in file: String) throws -> AdaptationCurve {
    let path = directory + "/" + file
    guard Files.exists(path) else { throw UsageError("there is no \"\(path)\"") }
    let data = try Files.data(of: path)
    var line = 0
    do {
      var rows = try EpisodeRows(of: self, byteCount: data.count)
      try data.withUnsafeBytes { bytes in
        try bytes.forEachLine { number, range in
          line = number
          try rows.take(range, of: bytes)
        }
      }
      line = 0
      return try rows.curve()
    } catch let problem as RowError {
      throw UsageError("\"\(path)\"\(line > 0 ? ", line \(line)" : ""): \(problem.description)")
    }
  }
}

/// The part of a run's adaptation curve that statistics need: thousands of runs fit into memory.
package struct RunCurve: Sendable {
  /// `[probe][task]`: the adapted return, the mean over the probe's episodes.
  package let adapted: [[Double]]
  /// `[episode][task]`: the online return.
  package let online: [[Double]]
  /// `[part][task]`: the sum of the rewards in a part of the first online episode; empty if the family does not keep rewards
  /// within episodes.
  package let withinFirstEpisode: [[Double]]
  /// `[probe][task]`: the share of the probe's episodes that succeeded; nil if the family does not report success.
  package let solved: [[Double]]?
  /// `[probe]`: the environment steps of experience before it, the mean over tasks.
  let adaptedExperience: [Double]
  /// `[episode]`: the environment steps of experience before it, the mean over tasks.
  let onlineExperience: [Double]

  package init(_ curve: AdaptationCurve) {
    let tasks = curve.tasks.indices
    let (probes, episodes) = (curve.evaluation.probes.indices, 0..<curve.evaluation.episodesPerLifetime)
    adapted = probes.map { probe in tasks.map { average(curve.adapted[$0][probe].map(\.totalReward)) } }
    online = episodes.map { episode in tasks.map { curve.online[$0][episode].totalReward } }
    let first = tasks.map { curve.online[$0].first?.rewardsByPart ?? [] }
    withinFirstEpisode = (0..<(first.map(\.count).min() ?? 0)).map { part in first.map { $0[part] } }
    let knowsSuccess = curve.adapted.joined().joined().allSatisfy { $0.succeeded != nil }
    solved =
      knowsSuccess
      ? probes.map { probe in
        tasks.map { average(curve.adapted[$0][probe].map { $0.succeeded == true ? 1 : 0 }) }
      } : nil
    adaptedExperience = probes.map { probe in
      average(tasks.map { average(curve.adapted[$0][probe].map { Double($0.experienceSteps) }) })
    }
    onlineExperience = episodes.map { episode in
      average(tasks.map { Double(curve.online[$0][episode].experienceSteps) })
    }
  }
}
