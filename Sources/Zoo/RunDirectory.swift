import MetaRL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension RunOutcome {
  /// Writes the run's directory, whole or not at all.
  func write(to directory: String) throws {
    try Files.writeDirectory(directory) { try writeFiles(to: $0) }
  }

  /// Writes the run's files into a directory; the status comes last, so that a directory without it is unfinished.
  func writeFiles(to directory: String) throws {
    try Files.write(plan.json.indentedText, to: directory + "/config.json")
    try Files.write(trainingRows.lines, to: directory + "/train.jsonl")
    try Files.write(episodeRows.lines, to: directory + "/episodes.jsonl")
    try Files.write(cost.json.indentedText, to: directory + "/budget.json")
    if let checkpoint { try Files.write(checkpoint, to: directory + "/learner.json") }
    try Files.write(statusJSON.indentedText, to: directory + "/status.json")
  }

  /// How the run ended, as files have it.
  var statusJSON: JSONValue {
    switch status {
    case .done: ["status": "done"]
    case .failed(let cause): ["status": "failed", "cause": .string(cause)]
    case .interrupted: ["status": "interrupted"]
    }
  }
}

extension RunPlan {
  /// Where the run's directory is below that of its comparison.
  var path: String { "runs/\(learner.name)/\(family.card.versionedName)/seed-\(seed)" }

  /// Everything that the run depends on, with origins.
  var json: JSONValue {
    [
      "schema": 2, "learner": .string(learner.name), "learnerCard": learner.card.json,
      "family": .string(family.card.versionedName), "familyCard": family.cardJSON,
      "trajectoryHash": .string(family.card.trajectoryHash), "seed": .integer(Int(seed)),
      "steps": .integer(steps), "evaluation": evaluation.json, "settings": settings.json,
      "version": .string(zooVersion),
    ]
  }
}

extension LearnerCard {
  /// As files have it.
  var json: JSONValue {
    [
      "role": .string(role.rawValue), "summary": .string(summary), "adaptsBy": .string(adaptsBy),
      "data": .string(data.rawValue), "actions": .string(actions.rawValue),
      "paper": paper.map { .string($0) } ?? .null,
    ]
  }
}

extension EvaluationProtocol {
  /// As files have it.
  var json: JSONValue {
    [
      "identifier": .string(identifier), "split": .string(split.rawValue), "taskCount": .integer(taskCount),
      "episodesPerLifetime": .integer(episodesPerLifetime), "probes": .array(probes.map { .integer($0) }),
      "episodesPerProbe": .integer(episodesPerProbe),
    ]
  }
}

/// A run read back from its directory.
struct StoredRun {
  /// What it was to do; its settings are not read back, since the learner carries them.
  var plan: RunPlan
  /// The learner, encoded.
  var checkpoint: String

  /// Reads a run's directory.
  ///
  /// - Throws: `UsageProblem` that names the file.
  init(at directory: String, catalog: Catalog) throws {
    let path = directory + "/config.json"
    guard Files.exists(path) else { throw Self.missing(from: directory) }
    let config: JSONValue
    do {
      config = try JSONValue(parsing: Files.text(of: path))
    } catch let problem as JSONProblem {
      throw UsageProblem("\"\(path)\" is not JSON: \(problem.description)")
    }
    guard config["schema"] == 2, let learner = config["learner"]?.stringValue,
      let family = config["family"]?.stringValue,
      let seed = config["seed"]?.integerValue.flatMap({ UInt64(exactly: $0) }),
      let steps = config["steps"]?.integerValue,
      let evaluation = try? config["evaluation"]?.decoded(as: EvaluationProtocol.self), evaluation.isSound
    else { throw UsageProblem("\"\(path)\" is not the configuration of a run") }
    let entry = try catalog.learner(named: learner)
    let found = try catalog.family(named: family.split(separator: "@").first.map(String.init) ?? family)
    guard found.card.versionedName == family else {
      throw UsageProblem(
        "the run was on \(family), and this program has \(found.card.versionedName): results are not comparable")
    }
    plan = RunPlan(
      learner: entry, settings: try entry.settings(), family: found, seed: seed, steps: steps,
      evaluation: evaluation)
    checkpoint = try Files.text(of: directory + "/learner.json")
  }

  /// What to say of a directory that is not that of a run: that of a comparison holds runs.
  private static func missing(from directory: String) -> UsageProblem {
    var place = directory + (directory.hasSuffix("/") ? "runs" : "/runs")
    // Below are the learner, the family and the seed.
    for _ in 0..<3 {
      let inside = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
      if let name = inside.min() { place += "/" + name }
    }
    guard Files.exists(place + "/config.json") else {
      return UsageProblem("\"\(directory)\" is not the directory of a run: it has no config.json")
    }
    return UsageProblem("\"\(directory)\" holds a whole comparison. Name a run in it: zoo evaluate \(place)")
  }

  /// Evaluates the stored learner.
  ///
  /// - Throws: `UsageProblem` if the checkpoint cannot be read, `Interrupted`, or what evaluation throws.
  func curve(workers: Workers, isInterrupted: @Sendable () -> Bool) throws -> AdaptationCurve {
    func open<L: MetaLearner>(_ type: L.Type) throws -> AdaptationCurve {
      let run: Run<L>
      do {
        run = try JSONDecoder().decode(Run<L>.self, from: Data(checkpoint.utf8))
      } catch {
        throw UsageProblem("learner.json is not a checkpoint of \(plan.learner.name): \(error)")
      }
      let family = plan.learner.view(of: plan.family)
      guard run.spec == family.spec else {
        throw UsageProblem(
          "learner.json was not trained on \(plan.family.card.versionedName), as config.json has it")
      }
      return try plan.evaluated(run.learner, on: family, workers: workers) { _ in
        guard !isInterrupted() else { throw Interrupted() }
      }
    }
    return try open(plan.learner.type)
  }
}

extension EvaluationProtocol {
  /// Whether it can be carried out: files may say anything.
  var isSound: Bool {
    (1...100_000).contains(taskCount) && (1...10_000).contains(episodesPerLifetime)
      && (1...10_000).contains(episodesPerProbe) && !probes.isEmpty
      && probes.allSatisfy { (0...episodesPerLifetime).contains($0) } && probes == probes.sorted()
      && Set(probes).count == probes.count
  }
}
