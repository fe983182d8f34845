import Synchronization

/// The runs of a comparison and their outcomes, one line a change.
///
/// It is there for people and reports: missing runs can be named, and causes looked up. What a run's own directory
/// says stands above it.
final class Manifest: Sendable {
  private let file: Mutex<OpenFile>

  /// Opens the list of a comparison to add to it.
  ///
  /// A last line that was cut off is removed. A list that does not name all runs is written again.
  ///
  /// - Throws: `FileError`, or `UsageError` if it cannot be read.
  init(in directory: String, of plans: [RunPlan]) throws {
    let path = directory + "/" + PlannedRuns.manifest
    // A file that cannot be read is not written again: it may be complete.
    if Files.exists(path) { _ = try Files.data(of: path) }
    let known = Files.exists(path) ? (try? PlannedRuns(in: directory).entries.map(\.path)) ?? [] : []
    if !Set(known).isSuperset(of: plans.map(\.path)) {
      try Files.write(Self.text(of: plans), to: path)
    }
    let file = try OpenFile(appendingTo: path)
    let bytes = try Files.data(of: path)
    let whole = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    if whole < bytes.count { try file.truncate(to: whole) }
    self.file = Mutex(file)
  }

  /// The text of the list of runs of which none has begun.
  static func text(of plans: [RunPlan]) -> String {
    plans.map { plan -> JSONValue in
      [
        "run": .string(plan.path), "state": "planned", "learner": .string(plan.learner.name),
        "family": .string(plan.family.card.versionedName), "seed": .integer(Int(clamping: plan.seed)),
      ]
    }.lines
  }

  func note(_ plan: RunPlan, _ state: RunState) {
    let line: JSONValue = ["run": .string(plan.path), "state": .string(state.word)]
    append(line.appending("cause", state.cause.map { .string($0) }))
  }

  /// Adds that a process has begun to work on the comparison.
  func noteProcess(jobs: Int, software: JSONValue?, program: SourceRecord?) {
    let process: JSONValue = [
      "number": .integer(Surroundings.processIdentifier), "jobs": .integer(jobs),
      "machine": Machine.json(of: program),
    ]
    append(["process": process.appending("software", software)])
  }

  /// The machines of the processes that have worked on a comparison; none, if there is no list of its runs.
  static func machines(in directory: String) throws -> [JSONValue] {
    let path = directory.inside(PlannedRuns.manifest)
    guard Files.exists(path) else { return [] }
    return try Files.text(of: path).split(separator: "\n").compactMap { line in
      // Most lines are of runs.
      guard line.hasPrefix("{\"process\"") else { return nil }
      return (try? JSONValue(parsing: String(line)))?["process"]?["machine"]
    }
  }

  private func append(_ line: JSONValue) {
    let dated = line.appending("at", .string(Surroundings.time))
    // A line that cannot be written, as on a full disk, is no reason to end a run: its directory says the same.
    file.withLock { try? $0.appendLine(dated.text) }
  }
}
