import MetaRL

extension PaperTable {
  private static let keys = [
    "schema", "name", "citation", "caption", "rule", "budgets", "experiments", "cells",
  ]
  private static let cellKeys = [
    "row", "column", "experiment", "measure", "episode", "against", "reported", "printedUnit", "spread", "times",
    "dividedBy", "scaleSource", "source", "confidence", "deviation", "note", "notComparable", "mustHold", "atLeast",
  ]

  init(at path: String, named name: String) throws {
    let file = try StoredObject(at: path, as: .handwrittenJSON)
    guard file.json["schema"] == 1 else { throw file.problem("schema", "1") }
    try file.refuseKeys(otherThan: Self.keys)
    guard try file.text("name") == name else { throw file.problem("name", "\(name), as the file's place says") }
    self.path = path
    self.name = name
    citation = try Self.citation(file.object("citation"))
    caption = try file.text("caption")
    rule = try VerdictRule(file.object("rule"))
    let budgets = try Self.budgets(file.object("budgets"))
    self.budgets = budgets
    experiments = try file.list("experiments").map { try Self.experiment($0, budgets) }
    let (rule, names) = (rule, experiments.map(\.id))
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw UsageError("\"\(path)\": experiment \(twice) is described twice")
    }
    cells = try file.list("cells").map { try Self.cell($0, rule, names) }
    let titles = cells.map(\.title)
    if let twice = titles.first(where: { title in titles.count { $0 == title } > 1 }) {
      throw UsageError("\"\(path)\": the cell \(twice) appears twice")
    }
    try checkEpisodes()
  }

  /// Refuses cells that ask for episodes that a lifetime does not have.
  private func checkEpisodes() throws {
    for (number, cell) in cells.enumerated() {
      guard let measure = cell.measure else { continue }
      for id in [cell.experiment, measure.against].compactMap({ $0 }) {
        let episodes = experiment(id)?.episodesPerLifetime ?? 0
        let last = episodes - (measure.kind == .adaptedReturn ? 0 : 1)
        guard measure.episode <= last else {
          throw UsageError(
            "\"\(path)\": cells[\(number)].episode is \(measure.episode), and should be at most \(last): lifetimes "
              + "of \(id) have \(NumberText.quantity(episodes, "episode"))")
        }
      }
    }
  }

  private static func citation(_ stored: StoredObject) throws -> Citation {
    try stored.refuseKeys(otherThan: ["title", "authors", "venue", "year", "identifier"])
    return Citation(
      title: try stored.text("title"), authors: try stored.text("authors"), venue: try stored.text("venue"),
      year: try stored.integer("year", in: 1900...2200), identifier: try stored.text("identifier"))
  }

  private static func budgets(_ stored: StoredObject) throws -> [BudgetName: PaperBudget] {
    try stored.refuseKeys(otherThan: BudgetName.allCases.map(\.rawValue))
    var budgets: [BudgetName: PaperBudget] = [:]
    for name in BudgetName.allCases {
      budgets[name] = try PaperBudget(stored.object(name.rawValue), over: nil)
    }
    return budgets
  }

  private static func experiment(
    _ stored: StoredObject, _ standard: [BudgetName: PaperBudget]
  ) throws -> PaperExperiment {
    try stored.refuseKeys(otherThan: ["id", "learner", "family", "settings", "episodesPerLifetime", "budgets"])
    let id = try stored.name("id")
    guard id.allSatisfy({ $0.isLetter || $0.isNumber || "-.+_".contains($0) }) else {
      throw stored.problem("id", "a name of letters, digits and -.+_")
    }
    var budgets = standard
    if let own = try stored.optional("budgets", stored.object) {
      try own.refuseKeys(otherThan: BudgetName.allCases.map(\.rawValue))
      for name in BudgetName.allCases {
        guard let laid = try own.optional(name.rawValue, own.object) else { continue }
        budgets[name] = try PaperBudget(laid, over: standard[name])
      }
    }
    return PaperExperiment(
      id: id, learner: try stored.text("learner"), family: try stored.text("family"),
      settings: try PaperTable.settings(stored),
      episodesPerLifetime: try stored.count("episodesPerLifetime", in: 1...10_000), budgets: budgets)
  }

  /// The settings of an experiment, or of a budget of it.
  fileprivate static func settings(_ stored: StoredObject) throws -> [SettingOverride] {
    guard let object = try stored.optional("settings", stored.object) else { return [] }
    let members = object.json.members ?? []
    let keys = members.map(\.key)
    if let twice = keys.first(where: { key in keys.count { $0 == key } > 1 }) {
      throw UsageError("\"\(stored.path)\": \(object.place(twice)) appears twice")
    }
    return try members.map { member in
      guard let value = member.value["value"], value != .null else {
        throw object.problem(member.key, "as in { \"value\": 0.1, \"source\": \"appendix A.2\" }")
      }
      let setting = try object.object(member.key)
      try setting.refuseKeys(otherThan: ["value", "source"])
      return SettingOverride(
        key: member.key, value: value.arrayValue == nil ? value.typed : value.text, origin: .paper,
        source: try setting.text("source"))
    }
  }

  private static func cell(_ stored: StoredObject, _ rule: VerdictRule, _ experiments: [String]) throws -> PaperCell
  {
    try stored.refuseKeys(otherThan: cellKeys)
    func known(_ key: String) throws -> String? {
      guard let name = try stored.optional(key, stored.text) else { return nil }
      guard experiments.contains(name) else {
        throw UsageError(
          "\"\(stored.path)\": \(stored.place(key)): " + unknownName("experiment", name, among: experiments))
      }
      return name
    }
    let experiment = try known("experiment")
    let (factor, factorSource) = try scale(stored)
    return PaperCell(
      row: try stored.text("row"), column: try stored.text("column"), experiment: experiment,
      measure: experiment == nil ? nil : try measure(stored, against: known("against")),
      reported: try stored.optional("reported", stored.number),
      printedUnit: try stored.optional("printedUnit") { try stored.number($0, in: 1e-9...1e9) } ?? rule.printedUnit,
      spread: try stored.optional("spread", stored.object).map(spread), factor: factor, factorSource: factorSource,
      source: try stored.text("source"), confidence: try stored.text("confidence"),
      deviation: try stored.optional("deviation", stored.text), note: try stored.optional("note", stored.text),
      notComparable: try stored.optional("notComparable", stored.text),
      mustHold: try stored.optional("mustHold", stored.flag) ?? false,
      atLeast: try stored.optional("atLeast", stored.number))
  }

  private static func measure(_ stored: StoredObject, against: String?) throws -> PaperMeasure {
    let kind: PaperMeasure.Kind = try stored.choice("measure")
    let episode = kind == .lifetimeReturn ? 0 : try stored.count("episode", in: 0...10_000)
    return PaperMeasure(kind: kind, episode: episode, against: against)
  }

  private static func scale(_ stored: StoredObject) throws -> (factor: Double, source: String?) {
    let (times, divisor) = (
      try stored.optional("times", stored.number), try stored.optional("dividedBy", stored.number)
    )
    guard times != nil || divisor != nil else { return (1, nil) }
    guard times == nil || divisor == nil else { throw stored.problem("times", "alone: there is dividedBy, too") }
    let factor = times ?? 1 / (divisor ?? 1)
    guard factor.isFinite, factor != 0 else {
      throw stored.problem(times == nil ? "dividedBy" : "times", "a number other than 0")
    }
    return (factor, try stored.text("scaleSource"))
  }

  private static func spread(_ stored: StoredObject) throws -> ReportedSpread {
    try stored.refuseKeys(otherThan: ["value", "kind"])
    return ReportedSpread(try stored.number("value", in: 0...1e12), try stored.choice("kind"))
  }
}

extension PaperBudget {
  /// Reads a budget; what it does not say is as in another one, if there is one.
  fileprivate init(_ stored: StoredObject, over standard: PaperBudget?) throws {
    try stored.refuseKeys(
      otherThan: ["trainingSteps", "testTasks", "episodesPerProbe", "seeds"] + (standard == nil ? [] : ["settings"])
    )
    func count(_ key: String, in range: ClosedRange<Int>, _ standard: Int?) throws -> Int {
      if stored.json[key] == nil, let standard { return standard }
      return try stored.count(key, in: range)
    }
    trainingSteps = try count("trainingSteps", in: RunRecord.stepsRange, standard?.trainingSteps)
    testTasks = try count("testTasks", in: 1...100_000, standard?.testTasks)
    episodesPerProbe = try count("episodesPerProbe", in: 1...10_000, standard?.episodesPerProbe)
    switch stored.json["seeds"] {
    case nil where standard != nil: seeds = standard?.seeds ?? []
    case .string(let text)?:
      seeds = try naming(stored.path) { try Suite.distinctSeeds(in: text, named: stored.place("seeds")) }
    default: seeds = try (0..<stored.count("seeds", in: 1...1000)).map(UInt64.init)
    }
    settings = try PaperTable.settings(stored)
  }
}

extension StoredObject {
  func place(_ key: String) -> String { prefix + key }

  fileprivate func flag(_ key: String) throws -> Bool {
    guard case .boolean(let value)? = json[key] else { throw problem(key, "true or false") }
    return value
  }
}
