import MetaRL

extension Command {
  static let list = Command(
    name: "list", operands: "learners|families", summary: "Lists what there is.", options: [.json, .help],
    examples: ["list learners", "list families --json"]
  ) { catalog, arguments, console in
    let kinds = ["learners", "families"]
    guard let kind = arguments.positionals.first, arguments.positionals.count == 1 else {
      throw UsageProblem("list needs one word: zoo list learners, or zoo list families")
    }
    guard kinds.contains(kind) else { throw UsageProblem(unknownName("list", kind, among: kinds)) }
    if arguments.has("json") {
      let values = try kind == "learners" ? catalog.learners.map { try $0.json } : catalog.families.map(\.cardJSON)
      console.output.write(JSONValue.array(values).indentedText)
    } else {
      console.output.write(kind == "learners" ? learnerList(catalog) : familyList(catalog))
    }
    return ExitCode.done
  }

  private static func learnerList(_ catalog: Catalog) -> String {
    let table = TextTable(
      header: ["NAME", "ROLE", "ADAPTS BY", "DATA", "ACTIONS"],
      rows: catalog.learners.map {
        [$0.name, $0.card.role.rawValue, $0.card.adaptsBy, $0.card.data.rawValue, $0.card.actions.rawValue]
      })
    let summaries = catalog.learners.map { $0.card.summary + ($0.card.paper.map { " (\($0))" } ?? "") }
    return table.aligned(withTextBelow: summaries)
      + "\nA control is there to show what the learners' numbers mean. zoo describe LEARNER shows every setting.\n"
  }

  private static func familyList(_ catalog: Catalog) -> String {
    let table = TextTable(
      header: ["NAME", "TASKS", "OBSERVATION", "ACTION", "HORIZON", "EPISODES", "RANDOM", "ORACLE"],
      rows: catalog.families.map {
        let (card, spec) = ($0.card, $0.spec)
        return [
          card.versionedName, $0.tasksInWords, NumberText.quantity(spec.observationSize, "number"),
          spec.actionSpace.inWords, "\(spec.horizon)", "\(card.episodesPerLifetime)",
          NumberText.short(card.random.value), NumberText.short(card.oracle.value),
        ]
      })
    return table.aligned(withTextBelow: catalog.families.map(\.card.summary))
      + "\nTASKS: those of testing, drawn without end (fresh) or so many; \"same\" if they are those of training.\n"
      + "EPISODES: of a lifetime. RANDOM, ORACLE: the returns of acting at random and of knowing the task.\n"
  }
}

extension TaskFamily {
  /// "fresh", or "4, same" if the tasks of testing are those of training.
  fileprivate var tasksInWords: String {
    guard let count = taskCount(in: .test) else { return "fresh" }
    return testsOnTrainingTasks ? "\(count), same" : "\(count)"
  }

  /// Whether agents are tested on tasks of training, as far as descriptors tell; families with many tasks are not
  /// asked.
  var testsOnTrainingTasks: Bool {
    guard let tested = taskCount(in: .test), let trained = taskCount(in: .train), max(tested, trained) <= 1000
    else {
      return false
    }
    func descriptors(_ split: TaskID.Split, _ count: Int) -> Set<[Float]> {
      Set((0..<count).map { descriptor(of: task(TaskID(split, $0))) })
    }
    return descriptors(.test, tested).isSubset(of: descriptors(.train, trained))
  }
}

extension ActionSpace {
  /// "2 numbers" or "5 choices".
  var inWords: String {
    switch self {
    case .continuous(let size): NumberText.quantity(size, "number")
    case .discrete(let count): NumberText.quantity(count, "choice")
    }
  }
}

extension Catalog.LearnerEntry {
  /// The card and the settings, as `--json` shows them.
  var json: JSONValue {
    get throws {
      [
        "name": .string(name), "role": .string(card.role.rawValue), "summary": .string(card.summary),
        "adaptsBy": .string(card.adaptsBy), "data": .string(card.data.rawValue),
        "actions": .string(card.actions.rawValue), "paper": card.paper.map { .string($0) } ?? .null,
        "seesDescriptor": .boolean(seesDescriptor),
        "settings": .array(
          try settings().entries.map {
            [
              "key": .string($0.setting.key), "value": $0.value, "origin": .string($0.origin.rawValue),
              "meaning": .string($0.setting.meaning), "range": .string($0.setting.range.inWords),
              "symbol": $0.setting.symbol.map { .string($0) } ?? .null, "source": .string($0.setting.source),
            ]
          }),
      ]
    }
  }
}

extension TaskFamily {
  /// The card and the spec, as `--json` shows them.
  var cardJSON: JSONValue {
    func anchor(_ anchor: FamilyCard.Anchor) -> JSONValue {
      [
        "value": .number(anchor.value), "standardError": .number(anchor.standardError),
        "computation": .string(anchor.computation),
      ]
    }
    let (card, spec) = (card, spec)
    return [
      "name": .string(card.name), "version": .integer(card.version), "summary": .string(card.summary),
      "source": .string(card.source), "observationSize": .integer(spec.observationSize),
      "actions": .string(spec.actionSpace.inWords), "actionScale": .number(card.actionScale),
      "horizon": .integer(spec.horizon), "reportedReward": .string(spec.reportedReward.rawValue),
      "episodesPerLifetime": .integer(card.episodesPerLifetime), "random": anchor(card.random),
      "oracle": anchor(card.oracle), "trajectoryHash": .string(card.trajectoryHash),
    ]
  }
}
