import MetaRL

extension Command {
  static let describe = Command(
    name: "describe", operands: "NAME", summary: "Prints a learner or a family with every setting.",
    options: [.json, .help], examples: ["describe maml", "describe point-navigation --json"],
    isReadOnly: true
  ) { catalog, arguments, console in
    let name = try arguments.operand(
      "describe needs one name: zoo describe NAME. See: zoo list learners, zoo list families")
    if let entry = catalog.learners.first(where: { $0.name == name }) {
      return try console.show(arguments, json: entry.json, text: entry.description())
    }
    guard
      catalog.familySources.contains(where: { name.hasPrefix($0.prefix) })
        || (try? catalog.family(named: name)) != nil
    else {
      throw UsageError(
        unknownName("learner or family", name, among: catalog.learners.map(\.name) + catalog.familyNames))
    }
    let family = try catalog.family(named: name)
    return console.show(arguments, json: family.cardJSON, text: family.cardText)
  }
}

/// Names and what they stand for, one a line.
private func facts(_ pairs: [(String, String)]) -> String {
  let width = pairs.map(\.0.count).max() ?? 0
  return pairs.map { "  \($0.0)\(String(repeating: " ", count: width - $0.0.count))  \($0.1)\n" }.joined()
}

extension Catalog.LearnerEntry {
  func description() throws -> String {
    var pairs = [
      ("role", card.role.rawValue), ("adapts by", card.adaptsBy), ("data", card.data.rawValue),
      ("actions", card.actions.rawValue),
    ]
    if let paper = card.paper { pairs.append(("paper", paper)) }
    if seesDescriptor { pairs.append(("sees", "the task's descriptor, appended to observations")) }
    var text = "\(name): \(card.summary)\n\n" + facts(pairs)
    let entries = try settings().entries
    guard !entries.isEmpty else { return text + "\nIt has no settings.\n" }
    text += "\nSettings, to be changed with --set key=value:\n"
    for entry in entries {
      let setting = entry.setting
      let symbol = setting.symbol.map { " (\($0))" } ?? ""
      let (origin, source) =
        entry.origin == .default
        ? ("", "default from") : (" (\(entry.origin.rawValue))", "set for this learner in place of a default from")
      text += "\n  \(setting.key) = \(entry.value.typed)\(origin)\n"
      text += "      \(setting.meaning)\(symbol)\n"
      text += "      \(setting.range.inWords); \(source): \(setting.source)\n"
    }
    var families: [String] = []
    for (number, preset) in presets.enumerated() {
      families.append(preset.family)
      if number + 1 < presets.count, presets[number + 1].hasContents(of: preset) { continue }
      text += "\nOn \(families.joined(separator: ", ")), from \(preset.source), unless said otherwise:\n"
      for (key, value) in preset.values { text += "  \(key) = \(value)\n" }
      families = []
    }
    return text
  }
}

extension Catalog.FamilyPreset {
  fileprivate func hasContents(of other: Self) -> Bool {
    source == other.source && values.elementsEqual(other.values) { $0 == $1 }
  }
}

extension JSONValue {
  /// As it would be typed after `key=`.
  package var typed: String {
    switch self {
    case .string(let text): text
    case .array(let values): values.map(\.typed).joined(separator: ",")
    default: text
    }
  }
}

extension FamilyCard {
  package func inWords(_ actions: ActionSpace) -> String {
    guard case .continuous(let size) = actions else {
      let first = actionUnits?.firstChoice ?? 0
      return actions.inWords + (first == 0 ? "" : ", numbered from \(first) in the task")
    }
    let ranges = actionRanges(count: size)
    var groups: [(range: ClosedRange<Double>, places: ClosedRange<Int>)] = []
    for (place, range) in ranges.enumerated() {
      if let last = groups.last, last.range == range {
        groups[groups.count - 1].places = last.places.lowerBound...place
      } else {
        groups.append((range, place...place))
      }
    }
    let texts = groups.map { range, places in
      let (low, high) = (NumberText.plain(range.lowerBound), NumberText.plain(range.upperBound))
      let ends = low == high ? "held at \(low)" : "-1 is \(low) and 1 is \(high)"
      guard groups.count > 1 else { return ends }
      let (first, last) = (places.lowerBound, places.upperBound)
      return (first == last ? "number \(first): " : "numbers \(first) to \(last): ") + ends
    }
    return "\(actions.inWords); \(texts.joined(separator: "; ")) in the task's units"
      + (actionUnits?.areWhole == true ? ", rounded to whole numbers" : "")
  }
}

extension TaskFamily {
  var cardText: String {
    let (card, spec) = (card, spec)
    func anchor(_ anchor: FamilyCard.Anchor) -> String {
      let error = anchor.standardError > 0 ? " ± \(NumberText.short(anchor.standardError))" : ""
      return "\(NumberText.short(anchor.value))\(error): \(anchor.computation)"
    }
    func tasks(_ split: TaskID.Split) -> String {
      "\(split.rawValue) \(taskCount(in: split).map(String.init) ?? "without end")"
    }
    var pairs = [
      ("source", card.source), ("observation", NumberText.quantity(spec.observationSize, "number")),
      ("action", card.inWords(spec.actionSpace)),
      ("horizon", NumberText.quantity(spec.horizon, "step")),
      ("lifetime", NumberText.quantity(card.episodesPerLifetime, "episode")),
      ("reward", "the \(spec.reportedReward.rawValue) channel is reported"),
      ("tasks", TaskID.Split.allCases.map(tasks).joined(separator: ", ")),
      ("random return", anchor(card.random)), ("oracle return", anchor(card.oracle)),
    ]
    if let optimum = card.bayesOptimal { pairs.append((FamilyCard.BayesOptimum.name, optimum.inWords)) }
    pairs.append(("trajectory", card.trajectoryHash))
    if !card.software.isEmpty {
      pairs.append(("software", card.software.map { "\($0.name) \($0.version)" }.joined(separator: ", ")))
    }
    return "\(card.versionedName): \(card.summary)\n\n" + facts(pairs)
  }
}
