import MetaRL

extension Command {
  static let reproduce = Command(
    name: "reproduce", operands: "list|show|run|check [NAME]",
    summary: "Lists published tables, shows one with its sources, runs it, or checks the results.",
    options: [
      CommandOption(
        "budget", "B", "how much is done: smoke, laptop or paper", default: "laptop; with show, the largest done"),
      CommandOption("only", "X,Y", "which experiments of the table", default: "all"),
      CommandOption("seeds", "0..2", "which seeds, as in 0..2 or 0,1,5", default: "those of the budget"),
      CommandOption(
        "out", "DIR", "where the runs are, new ones and those to continue", default: "runs/reproduce/NAME-BUDGET"),
      CommandOption("papers", "DIR", "the folder of the tables", default: "papers"),
      CommandOption("write", "with check: write the page of all tables again"), .jobs,
      .checkpointSeconds, .json, .quiet, .help,
    ],
    examples: [
      "reproduce list", "reproduce show duan2016-rl2/table1",
      "reproduce run duan2016-rl2/table1 --budget smoke --only random-5x10 --out runs/first", "reproduce check",
    ]
  ) { catalog, arguments, console in
    let folder = try PaperFolder(at: arguments.path("papers") ?? "papers")
    let words = arguments.positionals
    guard let verb = words.first else {
      throw UsageError("reproduce list, show, run or check? See: zoo help reproduce")
    }
    func name() throws -> String {
      guard words.count == 2 else {
        throw UsageError(
          "reproduce \(verb) needs the name of one table: zoo reproduce \(verb) NAME. See: zoo reproduce list")
      }
      return words[1]
    }
    let known: [String: [String]] = [
      "list": ["papers", "json"], "show": ["papers", "json", "budget"], "check": ["papers", "write", "jobs"],
      "run": ["papers", "json", "budget", "only", "seeds", "out", "jobs", "checkpoint-seconds", "quiet"],
    ]
    if let own = known[verb] { try arguments.refuseOptions(otherThan: own, of: "reproduce \(verb)") }
    switch verb {
    case "list":
      guard words.count == 1 else { throw UsageError("reproduce list takes no name. See: zoo help reproduce") }
      return try listTables(folder, catalog, arguments, console)
    case "show": return try showTable(folder.table(name()), catalog, arguments, console)
    case "run": return try runTable(folder, folder.table(name()), catalog, arguments, console)
    case "check":
      guard words.count < 3 else { throw UsageError("reproduce check takes one name, or none for all tables") }
      return try checkTables(folder, only: words.dropFirst().first, catalog, arguments, console)
    default: throw UsageError(unknownName("word", verb, among: ["list", "show", "run", "check"]))
    }
  }

  private static func listTables(
    _ folder: PaperFolder, _ catalog: Catalog, _ arguments: Arguments, _ console: Console
  ) throws -> Int32 {
    let index = try PaperIndex(folder, catalog: catalog)
    guard !arguments.has("json") else {
      console.output.write(JSONValue.array(index.tables.map(\.json)).indentedText)
      return ExitCode.done
    }
    var table = TextTable(header: ["TABLE", "CELLS", "STATE"])
    for judged in index.tables {
      let needs = judged.table.needs(in: catalog).map { "needs \($0), which this program was built without; " }
      table.rows.append([judged.table.name, "\(judged.cells.count)", needs.joined() + judged.summary])
    }
    console.output.write(
      table.aligned(withTextBelow: index.tables.map { "\($0.table.caption). \($0.table.citation.text)" }))
    console.output.line("\nzoo reproduce show NAME prints one with its sources; zoo reproduce run NAME runs it")
    return ExitCode.done
  }

  private static func showTable(
    _ table: PaperTable, _ catalog: Catalog, _ arguments: Arguments, _ console: Console
  ) throws -> Int32 {
    let judged = JudgedTable(table, try PaperResults(of: table), budget: try budget(arguments), catalog: catalog)
    return console.show(arguments, json: judged.json, text: judged.text + judged.sourcesText)
  }

  private static func budget(_ arguments: Arguments) throws -> BudgetName? {
    try arguments.choice(arguments.text("budget"), of: "budget", option: "budget")
  }

  private static func runTable(
    _ folder: PaperFolder, _ table: PaperTable, _ catalog: Catalog, _ arguments: Arguments, _ console: Console
  ) throws -> Int32 {
    let budget = try budget(arguments) ?? .laptop
    let directory = try arguments.directory("out") ?? "runs/reproduce/\(table.name)-\(budget.rawValue)"
    let work = try WorkOptions(arguments)
    let run = try TableRun(
      table, budget, only: arguments.names("only"),
      seeds: arguments.text("seeds").map { try Suite.distinctSeeds(in: $0, named: "--seeds") }, in: directory,
      catalog: catalog
    )
    let madeBy = Provenance.now
    try Files.makeWritableDirectory(directory)
    let isQuiet = arguments.has("quiet")
    let outcomes = try run.carryOut(
      under: work.control(console), madeBy: madeBy, progress: isQuiet ? nil : console.errors)
    for (title, outcome) in outcomes where isQuiet {
      if let cause = outcome.state.cause { console.errors.line("failed: \(title): \(cause)") }
    }
    let results = try keep(run.records(workers: Workers(work.jobs)), of: table, budget, in: directory, catalog)
    if budget != .smoke { try writeIndex(folder, catalog) }
    let judged = JudgedTable(table, results, budget: budget, catalog: catalog)
    _ = console.show(arguments, json: judged.json, text: judged.text)
    let code = exitCode(of: outcomes.map(\.outcome))
    if code != ExitCode.done { console.errors.line("to continue: repeat the command") }
    return code
  }

  /// Writes results next to the runs and, unless they are no evidence, next to the table.
  ///
  /// - Returns: all that is known under the budget.
  private static func keep(
    _ records: [PaperResults.Record], of table: PaperTable, _ budget: BudgetName, in directory: String,
    _ catalog: Catalog
  ) throws -> PaperResults {
    var results = PaperResults()
    results.merge(records, of: table) { _ in false }
    try Files.write(results.json(of: table).indentedText, to: directory + "/results.json")
    guard budget != .smoke else { return results }
    // Two processes may run parts of one table.
    let lock = try DirectoryLock.waiting(on: table.folder)
    results = try PaperResults(of: table)
    results.merge(records, of: table) { $0.isMade(asIn: table, catalog) }
    try Files.write(results.json(of: table).indentedText, to: table.resultsPath)
    _ = consume lock
    return results
  }

  /// Writes the page of all tables again, if it is out of date.
  private static func writeIndex(_ folder: PaperFolder, _ catalog: Catalog) throws {
    // Two processes may run two tables.
    let lock = try DirectoryLock.waiting(on: folder.path)
    let index = try PaperIndex(folder, catalog: catalog)
    if !index.isFresh { try Files.write(index.markdown, to: index.path) }
    _ = consume lock
  }

  private static func checkTables(
    _ folder: PaperFolder, only name: String?, _ catalog: Catalog, _ arguments: Arguments, _ console: Console
  ) throws -> Int32 {
    if let name { _ = try folder.table(name) }
    if arguments.has("write") { try writeIndex(folder, catalog) }
    let index = try PaperIndex(folder, catalog: catalog)
    let asked = index.tables.filter { name == nil || $0.table.name == name }
    let workers = Workers(try arguments.jobs())
    var problems = try workers.map(asked.indices) { asked[$0].problems(in: catalog) }.flatMap { $0 }
    for judged in asked { console.output.line("\(judged.table.name): \(judged.summary)") }
    if !index.isFresh {
      problems.append("\(index.path) is out of date. Write it again: \(PaperIndex.command)")
    }
    for problem in problems { console.errors.line("failed: \(problem)") }
    return problems.isEmpty ? ExitCode.done : ExitCode.outsideTolerance
  }
}

extension PaperTable {
  /// The parts that the table's families need and this program lacks.
  fileprivate func needs(in catalog: Catalog) -> [String] {
    let needs = experiments.compactMap { try? catalog.declaredFamily(named: $0.family).absence?.need }
    return Set(needs).sorted()
  }
}

extension JudgedTable {
  /// The errors in a table and its results; empty if there are none.
  func problems(in catalog: Catalog) -> [String] {
    var problems: [String] = []
    for experiment in table.experiments {
      // Budgets may have their own settings; an error that all budgets share is reported once.
      var found: [String] = []
      for budget in BudgetName.allCases {
        do {
          let planned = try PlannedExperiment(experiment, of: table, budget, in: catalog)
          if planned.absence == nil, let obstacle = planned.obstacle() {
            found.append("\(table.name), \(experiment.id): \(obstacle)")
          }
        } catch {
          found.append("\(error)")
        }
      }
      for problem in found where !problems.contains(problem) { problems.append(problem) }
    }
    problems += stale.map {
      "\(table.name): the result of \($0) does not match the current table. Run it again: zoo reproduce "
        + "run \(table.name) --only \($0)"
    }
    problems += cells.compactMap { cell in
      guard cell.verdict == .stale, let id = cell.cell.experiment, !stale.contains(id) else { return nil }
      return
        "\(table.name), \(cell.cell.title): what it is tested against was run again. Run it again: zoo reproduce run "
        + "\(table.name) --only \(id)"
    }
    problems += cells.filter(\.isBroken).map {
      "\(table.name), \($0.cell.title): \($0.oursText), published \($0.reportedText): \($0.verdictText)"
    }
    return problems
  }
}
