import MetaRL

extension Command {
  static let list = Command(
    name: "list", operands: "learners|families", summary: "Lists learners or families.", options: [.json, .help],
    examples: ["list learners", "list families --json"], isReadOnly: true
  ) { catalog, arguments, console in
    let kinds = ["learners", "families"]
    let kind = try arguments.operand("list needs one word: zoo list learners, or zoo list families")
    guard kinds.contains(kind) else { throw UsageError(unknownName("list", kind, among: kinds)) }
    let isOfLearners = kind == "learners"
    return try console.show(
      arguments,
      json: .array(isOfLearners ? catalog.learners.map { try $0.json } : catalog.families.map(\.cardJSON)),
      text: isOfLearners ? learnerList(catalog) : familyList(catalog))
  }

  private static func learnerList(_ catalog: Catalog) -> String {
    let table = TextTable(
      header: ["NAME", "ROLE", "ADAPTS BY", "DATA", "ACTIONS"],
      rows: catalog.learners.map {
        [$0.name, $0.card.role.rawValue, $0.card.adaptsBy, $0.card.data.rawValue, $0.card.actions.rawValue]
      })
    let summaries = catalog.learners.map { $0.card.summary + ($0.card.paper.map { " (\($0))" } ?? "") }
    return table.aligned(withTextBelow: summaries)
      + "\nA control gives the learners' numbers their meaning. zoo describe LEARNER shows every setting.\n"
  }

  private static func familyList(_ catalog: Catalog) -> String {
    let groups = FamilyGroup.groups(of: catalog.families)
    let table = TextTable(
      header: ["NAME", "TASKS", "OBSERVATION", "ACTION", "HORIZON", "EPISODES", "RANDOM", "ORACLE"],
      rows: groups.map(\.row))
    return table.aligned(withTextBelow: groups.map(\.text))
      + "\nTASKS: test tasks, unlimited (fresh) or their number; \"same\" if they are the training tasks.\n"
      + "EPISODES: of a lifetime. RANDOM, ORACLE: the returns of acting at random and of knowing the task.\n"
      + sourceList(catalog)
      + catalog.absentFamilies.map(absence).joined()
  }

  private static func sourceList(_ catalog: Catalog) -> String {
    guard !catalog.familySources.isEmpty else { return "" }
    let table = TextTable(
      header: ["FROM ELSEWHERE", ""],
      rows: catalog.familySources.flatMap { source in
        source.forms.map { [$0.form, $0.meaning] }
      })
    return "\n" + table.aligned
  }

  private static func absence(_ absent: Catalog.AbsentFamilies) -> String {
    "\nThis program was built without \(absent.need), and so without these families:\n"
      + absent.names.map { "  \($0)\n" }.joined() + "To get them:\n"
      + absent.commands.map { "  \($0)\n" }.joined()
  }
}

/// Families that differ in their sizes only, which the list shows as one.
private struct FamilyGroup {
  var stem: String
  /// The families, one at least.
  var members: [any TaskFamily]

  /// Families that follow each other and whose names differ in what comes after the last dash, if that has a digit.
  static func groups(of families: [any TaskFamily]) -> [FamilyGroup] {
    var groups: [FamilyGroup] = []
    for family in families {
      let name = family.card.name
      let dash = name.lastIndex(of: "-") ?? name.endIndex
      let isSized = name[dash...].contains(where: \.isNumber)
      let stem = isSized ? String(name[...dash]) : name
      if isSized, let last = groups.last, last.stem == stem, last.isLike(family) {
        groups[groups.count - 1].members.append(family)
      } else {
        groups.append(FamilyGroup(stem: stem, members: [family]))
      }
    }
    return groups
  }

  var version: Int { members[0].card.version }

  /// Whether a family has the version, the observations and the horizon of the members.
  private func isLike(_ family: any TaskFamily) -> Bool {
    let spec = members[0].spec
    return family.card.version == version && family.spec.observationSize == spec.observationSize
      && family.spec.horizon == spec.horizon
  }

  /// The cells of the list; where members differ, from the least to the greatest.
  var row: [String] {
    let name = members.count == 1 ? members[0].card.versionedName : "\(stem)SIZE@\(version)"
    let specs = members.map(\.spec)
    return [
      name, members[0].tasksInWords,
      NumberText.quantity(specs[0].observationSize, "number"),
      inWords(specs, by: { Double($0.actionSpace.width) }) { $0.actionSpace.inWords },
      "\(specs[0].horizon)",
      inWords(members, by: { Double($0.card.episodesPerLifetime) }) { "\($0.card.episodesPerLifetime)" },
      inWords(members, by: { $0.card.random.value }) { NumberText.short($0.card.random.value) },
      inWords(members, by: { $0.card.oracle.value }) { NumberText.short($0.card.oracle.value) },
    ]
  }

  /// The summary, below the sizes if there are several.
  var text: String {
    let summary = members[0].card.summary
    guard members.count > 1 else { return summary }
    let sizes = members.map { String($0.card.name.dropFirst(stem.count)) }
    return "SIZE: \(sizes.joined(separator: ", ")). \(members[0].card.name): \(summary)"
  }

  /// "5..50 choices".
  private func inWords<Value>(
    _ values: [Value], by size: (Value) -> Double, text: (Value) -> String
  ) -> String {
    guard let least = values.min(by: { size($0) < size($1) }), let most = values.max(by: { size($0) < size($1) })
    else { return "" }
    guard text(least) != text(most) else { return text(least) }
    return "\(text(least).prefix { $0 != " " })..\(text(most))"
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
    if let stated = card.testTasksAreTrainingTasks { return stated }
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

extension FamilyCard {
  /// Actions in the task's units, for programs.
  func json(of actions: ActionSpace) -> JSONValue {
    switch actions {
    case .continuous(let size):
      let ranges = actionRanges(count: size)
      return [
        "actionLow": .array(ranges.map { .number($0.lowerBound) }),
        "actionHigh": .array(ranges.map { .number($0.upperBound) }),
        "actionIsWhole": .boolean(actionUnits?.areWhole == true),
      ]
    case .discrete: return ["actionFirst": .integer(actionUnits?.firstChoice ?? 0)]
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
    let json: JSONValue = [
      "name": .string(card.name), "version": .integer(card.version), "summary": .string(card.summary),
      "source": .string(card.source), "observationSize": .integer(spec.observationSize),
      "actions": .string(spec.actionSpace.inWords), "actionScale": .number(card.actionScale),
      "horizon": .integer(spec.horizon), "reportedReward": .string(spec.reportedReward.rawValue),
      "episodesPerLifetime": .integer(card.episodesPerLifetime), "random": anchor(card.random),
      "oracle": anchor(card.oracle), "trajectoryHash": .string(card.trajectoryHash),
    ]
    // Files of families that have none are as they were.
    return (card.actionUnits == nil ? json : json + card.json(of: spec.actionSpace))
      .appending("bayesOptimal", card.bayesOptimal?.json)
  }
}
