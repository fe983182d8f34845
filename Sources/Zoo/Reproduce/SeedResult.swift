import MetaRL

/// The ending of a run for a table: the returns by task in one small file.
struct ReturnsEnding: RunEnding {
  let request: ReturnsRequest
  let madeBy: Provenance

  func result<L: MetaLearner>(
    of run: Run<L>, _ plan: RunPlan, on family: any TaskFamily, workers: Workers,
    didPlay: @Sendable (_ environmentSteps: Int) throws -> Void
  ) throws -> RunResultFile {
    func open<F: TaskFamily>(_ family: F) throws -> TaskReturns {
      try taskReturns(
        of: run.learner, on: family, request, random: evaluationRandom(seed: plan.seed), workers: workers,
        didPlay: didPlay)
    }
    let returns = try open(family)
    let json: JSONValue = [
      "schema": 1, "trainingSteps": .integer(plan.steps), "request": request.json, "madeBy": madeBy.json,
      "returns": returns.json,
    ]
    return RunResultFile(name: RunFile.returns, text: json.text + "\n", evaluationSteps: returns.environmentSteps)
  }
}

extension ReturnsRequest {
  var json: JSONValue {
    ["evaluation": evaluation.json, "onlineEpisodes": .array(onlineEpisodes.map { .integer($0) })]
  }
}

struct SeedResult: Sendable {
  var seed: UInt64
  var returns: TaskReturns
  var cost: RunCost
  var madeBy: Provenance

  /// Reads what a finished run has left; nil if it is not finished or did something else.
  init?(of experiment: PlannedExperiment, seed: UInt64, in directory: String) {
    let plan = experiment.plan(seed: seed)
    let config = directory + "/" + RunFile.config
    guard RunState(ofRunAt: directory) == .done, let stored = try? JSONValue(readingFile: config),
      (try? plan.refuseOtherRun(stored: stored, in: config)) != nil,
      stored["software"] == experiment.family.softwareJSON,
      let json = try? JSONValue(readingFile: directory + "/" + RunFile.returns), json["schema"] == 1,
      json["trainingSteps"]?.integerValue == plan.steps, json["request"] == experiment.request.json,
      let returns = TaskReturns(json["returns"] ?? .null, taskCount: experiment.request.evaluation.taskCount),
      let cost = try? RunCost(ofRunAt: directory), let madeBy = Provenance(json["madeBy"] ?? .null)
    else { return nil }
    (self.seed, self.returns, self.cost, self.madeBy) = (seed, returns, cost, madeBy)
  }
}

/// With what, where and when a result was made.
struct Provenance: Sendable, Hashable {
  /// The commit that the zoo was built from; nil if that was outside of a checkout.
  var commit: String?
  /// Whether the sources differed from it; nil if git could not be asked.
  var hasChanges: Bool?
  /// The computer and the compiler, in a few words.
  var machine: String
  var date: String

  static var now: Provenance {
    Provenance(
      commit: Machine.build.commit, hasChanges: Machine.build.hasChanges, machine: Machine.inWords,
      date: String(Surroundings.time.prefix(10)))
  }
}

extension Provenance {
  var json: JSONValue {
    [
      "commit": commit.map { .string($0) } ?? .null, "hasChanges": hasChanges.map { .boolean($0) } ?? .null,
      "machine": .string(machine), "date": .string(date),
    ]
  }

  /// Reads what `json` has written; nil if it is not that.
  init?(_ json: JSONValue) {
    guard let machine = json["machine"]?.stringValue, let date = json["date"]?.stringValue else { return nil }
    var hasChanges: Bool?
    if case .boolean(let value)? = json["hasChanges"] { hasChanges = value }
    self.init(commit: json["commit"]?.stringValue, hasChanges: hasChanges, machine: machine, date: date)
  }
}
