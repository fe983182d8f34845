// Counts what an iteration of each learner does, on one thread: numbers that are the same on every run, held against a file.
//
// counts [--write] [file]
//
// The file is counts.json here, if nothing is said. An iteration is the second: the first fills caches. What is more than
// the file says ends the program with 1; what is less is said, and --write keeps it.
//
// Kernels, nodes and blocks are exact for a set of instructions, and the file has each set apart: kernels with wide registers
// need other blocks for themselves than those with narrow ones. From the heap come objects and arrays, which are counted where
// the C library is glibc. They depend a little on the seeds of hash tables and on the release of Swift, so a twentieth
// is neither more nor less.

import CKernels
import Environments
import Foundation
import HeapCounts
import Learners
import Measuring
import MetaRL
import Tensors

/// What a thread has done.
struct Counts: Codable {
  /// Kernels that were called.
  var kernels: Int
  /// Nodes of graphs that were made.
  var nodes: Int
  /// Blocks of numbers that were asked for.
  var blocks: Int
  /// Their bytes.
  var blockBytes: Int
  /// Objects and arrays that were asked for.
  var heapAllocations: Int
  /// Their bytes.
  var heapBytes: Int

  /// So far.
  static var now: Counts {
    let counts = ck_counts_of_thread()
    return Counts(
      kernels: counts.kernels, nodes: counts.nodes, blocks: counts.blocks, blockBytes: counts.blockBytes,
      heapAllocations: heap_allocations(), heapBytes: heap_bytes())
  }

  /// What was done since then.
  func since(_ before: Counts) -> Counts {
    Counts(
      kernels: kernels - before.kernels, nodes: nodes - before.nodes, blocks: blocks - before.blocks,
      blockBytes: blockBytes - before.blockBytes, heapAllocations: heapAllocations - before.heapAllocations,
      heapBytes: heapBytes - before.heapBytes)
  }

  /// All of them with their names and how far they may be off, in the order of the table; the heap's only where they are
  /// known.
  var rows: [(name: String, value: Int, slack: Int)] {
    [("kernels", kernels, 0), ("nodes", nodes, 0), ("blocks", blocks, 0), ("block bytes", blockBytes, 0)]
      + (heap_is_counted()
        ? [
          ("heap allocations", heapAllocations, heapAllocations / 20), ("heap bytes", heapBytes, heapBytes / 20),
        ] : [])
  }
}

/// Counts the second of two iterations.
func count<L: MetaLearner>(_: L.Type, _ configuration: L.Configuration, on family: some TaskFamily) throws -> Counts
{
  let root = RandomStream(seed: 0)
  var learner = try L(configuration, for: family.learnerSpec(), using: root.split("init"))
  var before = Counts.now
  for iteration in 0..<2 {
    var session = TrainingSession(
      family: family, iteration: iteration, random: root.split("train"), workers: Workers(1))
    before = .now
    try learner.metaTrain(&session)
    require(session.environmentSteps > 0, "iteration \(iteration) took no steps")
  }
  return Counts.now.since(before)
}

func maml(_ update: MAML.OuterUpdate, _ family: some TaskFamily) throws -> Counts {
  var c = MAML.Configuration()
  (c.tasksPerBatch, c.episodesPerInnerStep, c.outerUpdate) = (4, 5, update)
  return try count(MAML.self, c, on: family)
}

func rl2(_ memory: RL2.MemoryKind) throws -> Counts {
  var c = RL2.Configuration()
  (c.stepsPerBatch, c.hiddenSize, c.memory) = (1000, 32, memory)
  return try count(RL2.self, c, on: BernoulliBandit(arms: 5, pulls: 10))
}

func pearl() throws -> Counts {
  var c = PEARL.Configuration()
  (c.tasksPerBatch, c.batchSize, c.contextSize, c.trainingTasks) = (4, 64, 64, 10)
  (c.hiddenSizes, c.encoderSizes) = ([64, 64], [64, 64])
  (c.initialSteps, c.tasksPerIteration, c.updatesPerIteration) = (100, 1, 10)
  (c.priorSteps, c.posteriorSteps, c.extraSteps) = (20, 0, 0)
  return try count(PEARL.self, c, on: PointRobot())
}

func maesn() throws -> Counts {
  var c = MAESN.Configuration()
  (c.tasksPerBatch, c.episodesPerInnerStep, c.trainingTasks) = (4, 5, 10)
  return try count(MAESN.self, c, on: PointRobot())
}

let workloads: [(name: String, count: () throws -> Counts)] = [
  ("MAML with a trust region, point navigation", { try maml(.trustRegion, PointNavigation()) }),
  ("MAML with a trust region, bandits", { try maml(.trustRegion, BernoulliBandit(arms: 5, pulls: 10)) }),
  ("MAML with clipped ratios, point navigation", { try maml(.clippedRatio, PointNavigation()) }),
  ("RL² with a GRU, bandits", { try rl2(.gru) }),
  ("RL² with an LSTM, bandits", { try rl2(.lstm) }),
  ("PEARL, 10 updates, point robot", { try pearl() }),
  ("MAESN, point robot", { try maesn() }),
]

var arguments = Array(CommandLine.arguments.dropFirst())
let writes = arguments.first == "--write"
if writes { arguments.removeFirst() }
guard arguments.count < 2, arguments.first?.hasPrefix("-") != true else {
  print("usage: counts [--write] [file]")
  exit(2)
}
let file = URL(filePath: arguments.first ?? "counts.json")
let path = KernelPath.current.rawValue
/// By instructions, then by workload.
var stored: [String: [String: Counts]] = [:]
do {
  if !writes || FileManager.default.fileExists(atPath: file.path) {
    stored = try JSONDecoder().decode([String: [String: Counts]].self, from: Data(contentsOf: file))
  }
} catch {
  print("\(file.path): \(error.localizedDescription) Run this in Benchmarks, or write the file: counts --write")
  exit(2)
}
if writes, !heap_is_counted() {
  print("what comes from the heap is not counted here, and the file needs it")
  exit(2)
}
let kept = writes ? nil : stored[path]
if let kept, Set(kept.keys) != Set(workloads.map(\.name)) {
  print("\(file.path) is of other workloads. Write it anew: counts --write")
  exit(2)
}
if !writes, kept == nil { print("\(file.path) has no counts of \(path): nothing is held against it") }
var found: [String: Counts] = [:]
var (isAbove, isBelow) = (false, false)
let widths = [44, 17, 13, 13, 8]
printRow([path, "", "counted", "at most", ""], widths: widths)
for workload in workloads {
  let counts = try workload.count()
  found[workload.name] = counts
  let limits = kept?[workload.name]?.rows
  for (row, mine) in counts.rows.enumerated() {
    let most = limits?[row]
    let isMore = most.map { mine.value > $0.value + $0.slack } ?? false
    let isLess = most.map { mine.value < $0.value - $0.slack } ?? false
    isAbove = isAbove || isMore
    isBelow = isBelow || isLess
    printRow(
      [
        row == 0 ? workload.name : "", mine.name, "\(mine.value)", most.map { "\($0.value)" } ?? "–",
        isMore ? "more" : isLess ? "less" : "",
      ], widths: widths)
  }
}
if writes {
  stored[path] = found
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
  try (encoder.encode(stored) + Data("\n".utf8)).write(to: file)
  print("written to \(file.path)")
} else if isAbove {
  print("more than \(file.path) allows. If it has to be: counts --write")
  exit(1)
} else if isBelow {
  print("less than \(file.path) allows. To keep it: counts --write")
}
