/// The cost of a run, counted by the harness.
package struct RunCost: Sendable, Hashable {
  package var environmentSteps = 0
  package var evaluationSteps = 0
  /// The environment steps of the evaluation of the untrained learner.
  package var untrainedSteps = 0
  /// The iterations of training, each of which updates the learner.
  package var iterations = 0
  /// The updates that the learner has logged; nil if it logs none, and an iteration counts as one.
  package var updates: Int?
  /// Seconds on the clock, over all processes that worked on it; work that was lost counts up to its last checkpoint.
  package var wallSeconds = 0.0
  /// Seconds of work on processors, likewise.
  package var processorSeconds = 0.0
  /// The most memory, in bytes, of a process while it worked on the run, perhaps with others.
  package var peakMemoryBytes = 0

  package init() {}

  /// The share by which training may exceed its budget, since iterations are whole.
  package static let tolerance = 0.05

  /// As files have it; what only some runs have is left out of others.
  package var json: JSONValue {
    let members: JSONValue = [
      "environmentSteps": .integer(environmentSteps), "evaluationSteps": .integer(evaluationSteps),
      "iterations": .integer(iterations), "wallSeconds": .number(wallSeconds),
      "processorSeconds": .number(processorSeconds), "peakMemoryBytes": .integer(peakMemoryBytes),
    ]
    return members.appending("untrainedSteps", untrainedSteps > 0 ? .integer(untrainedSteps) : nil)
      .appending("updates", updates.map { .integer($0) })
  }
}

extension RunCost {
  /// Reads what a run has cost so far: nothing, if it has not said so yet.
  package init(ofRunAt directory: String) throws {
    self.init()
    let path = directory + "/" + RunFile.cost
    guard Files.exists(path) else { return }
    try self.init(StoredObject(at: path))
  }

  /// Reads what `json` has written.
  package init(_ file: StoredObject) throws {
    environmentSteps = try file.integer("environmentSteps", in: 0...(1 << 53))
    evaluationSteps = try file.integer("evaluationSteps", in: 0...(1 << 53))
    untrainedSteps = try file.optional("untrainedSteps") { try file.integer($0, in: 0...(1 << 53)) } ?? 0
    iterations = try file.integer("iterations", in: 0...(1 << 53))
    updates = try file.optional("updates") { try file.integer($0, in: 0...(1 << 53)) }
    wallSeconds = try file.number("wallSeconds", in: 0...1e12)
    processorSeconds = try file.number("processorSeconds", in: 0...1e12)
    peakMemoryBytes = try file.integer("peakMemoryBytes", in: 0...(1 << 53))
  }
}

/// The cost of a run, on average over finished runs.
package struct MeanCost: Sendable {
  package let trainingSteps: Double
  package let evaluationSteps: Double
  /// The environment steps of the evaluation of the untrained learner.
  package let untrainedSteps: Double
  package let iterations: Double
  /// The updates of the learner, as many as iterations where it logs none.
  package let updates: Double
  package let wallSeconds: Double
  package let processorSeconds: Double
  /// The most memory in use, in bytes, of the run that used most.
  package let peakMemory: Double

  /// The means over runs; the maximum of memory.
  package init(_ runs: [RunRecord]) {
    let costs = runs.map(\.cost)
    trainingSteps = average(costs.map { Double($0.environmentSteps) })
    evaluationSteps = average(costs.map { Double($0.evaluationSteps) })
    untrainedSteps = average(costs.map { Double($0.untrainedSteps) })
    iterations = average(costs.map { Double($0.iterations) })
    updates = average(costs.map { Double($0.updates ?? $0.iterations) })
    wallSeconds = average(costs.map(\.wallSeconds))
    processorSeconds = average(costs.map(\.processorSeconds))
    peakMemory = Double(costs.map(\.peakMemoryBytes).max() ?? 0)
  }
}
