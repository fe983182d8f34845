#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Our results of a table, as stored next to the table.
struct PaperResults: Sendable {
  struct Record: Sendable {
    var experiment: String
    var budget: BudgetName
    var identity: JSONValue
    var seeds: [Seed]
    var values: [PaperMeasure: MeasuredValue]
    /// Of the means, those over as many tasks as the paper had, where ours are more.
    var valuesOfAsManyTasks: [PaperMeasure: MeasuredValue]
    /// Of the paired statistics, the digest of the runs that they are against.
    var runsAgainst: [PaperMeasure: String] = [:]
    /// Of the means, the returns that they are of, `[seed][task]`; none where there are more than `mostTasksKept` tasks.
    var returnsByTask: [PaperMeasure: [[Double]]] = [:]
    var tasks: [[Float]] = []

    /// With more tasks than this a file would hold little else than their returns.
    static let mostTasksKept = 100

    /// Tells these runs from any others: what each seed cost, and when.
    var digestOfRuns: String { SHA256.digest(of: Data(JSONValue.array(seeds.map(\.json)).text.utf8)) }
  }

  struct Seed: Sendable {
    var seed: UInt64
    var cost: RunCost
    var madeBy: Provenance
  }

  /// The records, in the order of the table.
  private(set) var records: [Record] = []

  init(_ records: [Record] = []) { self.records = records }

  /// Replaces the records of the same experiments and budgets, in the order of the table.
  ///
  /// - Parameters:
  ///   - new: the records.
  ///   - table: the table.
  ///   - isFresh: whether a record was made as the table says now; a fresh one of more seeds stays.
  mutating func merge(_ new: [Record], of table: PaperTable, where isFresh: (Record) -> Bool) {
    let new = new.filter { record in
      !records.contains {
        $0.experiment == record.experiment && $0.budget == record.budget && $0.seeds.count > record.seeds.count
          && isFresh($0)
      }
    }
    let replaced = new.map { "\($0.budget.rawValue) \($0.experiment)" }
    let kept = records.filter { !replaced.contains("\($0.budget.rawValue) \($0.experiment)") }
    let order = table.experiments.map(\.id)
    func place(_ record: Record) -> (Int, Int) {
      (
        order.firstIndex(of: record.experiment) ?? order.count,
        BudgetName.allCases.firstIndex(of: record.budget) ?? 0
      )
    }
    // Experiments that the table no longer has are forgotten.
    records = (kept + new).filter { order.contains($0.experiment) }.sorted { place($0) < place($1) }
  }
}

extension PaperResults {
  func json(of table: PaperTable) -> JSONValue {
    ["schema": 1, "table": .string(table.name), "results": .array(records.map(\.json))]
  }

  /// Reads the results of a table; none, if there is no file.
  init(of table: PaperTable) throws {
    guard Files.exists(table.resultsPath) else { return }
    let file = try StoredObject(at: table.resultsPath)
    guard file.json["schema"] == 1 else { throw file.problem("schema", "1") }
    guard try file.text("table") == table.name else { throw file.problem("table", table.name) }
    records = try file.list("results").map(Record.init)
  }
}

extension PaperResults.Record {
  fileprivate var json: JSONValue {
    let measures = values.sorted { $0.key.inWords < $1.key.inWords }.map { measure, value in
      let returns = returnsByTask[measure]?.map { JSONValue.array($0.map { .number($0) }) }
      return (measure.json + value.json)
        .appending("ofAsManyTasksAsThePaper", valuesOfAsManyTasks[measure]?.json)
        .appending("runsAgainst", runsAgainst[measure].map { .string($0) })
        .appending("returnsByTask", returns.map { .array($0) })
    }
    // The shortest digits that are this number in single precision.
    let descriptors = JSONValue.array(tasks.map { .array($0.map { .number(Double("\($0)") ?? .nan) }) })
    let name: JSONValue = ["experiment": .string(experiment), "budget": .string(budget.rawValue)]
    let results: JSONValue = ["seeds": .array(seeds.map(\.json)), "values": .array(measures)]
    return (name + identity + results)
      .appending("tasks", tasks.isEmpty ? nil : descriptors)
  }

  /// Reads what `json` has written.
  fileprivate init(_ stored: StoredObject) throws {
    experiment = try stored.text("experiment")
    budget = try stored.choice("budget")
    let own = ["experiment", "budget", "seeds", "values", "tasks"]
    identity = .object((stored.json.members ?? []).filter { !own.contains($0.key) })
    seeds = try stored.list("seeds").map(PaperResults.Seed.init)
    (values, valuesOfAsManyTasks, runsAgainst) = ([:], [:], [:])
    for value in try stored.list("values") {
      let kind: PaperMeasure.Kind = try value.choice("measure")
      let measure = PaperMeasure(
        kind: kind, episode: kind == .lifetimeReturn ? 0 : try value.count("episode", in: 0...10_000),
        against: try value.optional("against", value.text))
      values[measure] = try MeasuredValue(value)
      valuesOfAsManyTasks[measure] = try value.optional("ofAsManyTasksAsThePaper", value.object).map(
        MeasuredValue.init)
      runsAgainst[measure] = try value.optional("runsAgainst", value.text)
      returnsByTask[measure] = try value.optional("returnsByTask", value.lists)
    }
    tasks = try stored.optional("tasks", stored.lists)?.map { $0.map(Float.init) } ?? []
  }
}

extension StoredObject {
  fileprivate func lists(_ key: String) throws -> [[Double]] {
    guard let lists = json[key]?.arrayValue else { throw problem(key, "a list of lists of numbers") }
    return try lists.map {
      guard let values = $0.arrayValue, case let numbers = values.compactMap(\.numberValue),
        numbers.count == values.count
      else { throw problem(key, "a list of lists of numbers") }
      return numbers
    }
  }
}

extension PaperResults.Seed {
  fileprivate var json: JSONValue {
    let name: JSONValue = ["seed": .integer(Int(clamping: seed))]
    return name + cost.json + madeBy.json
  }

  /// Reads what `json` has written.
  fileprivate init(_ stored: StoredObject) throws {
    seed = UInt64(try stored.integer("seed", in: 0...1 << 53))
    cost = try RunCost(stored)
    guard let madeBy = Provenance(stored.json) else { throw stored.problem("machine", "text with a date") }
    self.madeBy = madeBy
  }
}
