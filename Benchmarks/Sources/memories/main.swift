// Times an iteration of RL² with each memory by the length of the lifetime: 12,800 steps of Bernoulli bandits with 5 arms,
// in lifetimes of 25 to 1,600 pulls, with the default settings.
//
// memories [memory]...
//
// Every point is a separate process, so that its peak of memory is its own. Time is the faster one of the second and third
// iteration, on two workers. Prints a table in Markdown: seconds, and megabytes at the peak.

import Environments
import Foundation
import Learners
import Measuring
import MetaRL
import Tensors

let lengths = [25, 50, 100, 200, 400, 800, 1600]
let stepsPerBatch = 12_800

/// Seconds and bytes of an iteration.
func measure(_ memory: RL2.MemoryKind, pulls: Int) throws -> (seconds: Double, bytes: Double) {
  var configuration = RL2.Configuration()
  (configuration.memory, configuration.stepsPerBatch) = (memory, stepsPerBatch)
  if memory == .snail { configuration.hiddenSize = 32 }
  // A batch has few of the longest lifetimes, and they are whole.
  configuration.episodesPerLifetime = pulls
  let family = BernoulliBandit(arms: 5, pulls: pulls)
  let root = RandomStream(seed: 0)
  var learner = try RL2(configuration, for: family.learnerSpec(), using: root.split("init"))
  var best = Double.infinity
  for iteration in 0..<3 {
    var session = TrainingSession(
      family: family, iteration: iteration, random: root.split("train"), workers: Workers(2))
    let took = try seconds { try learner.metaTrain(&session) }
    require(session.environmentSteps == stepsPerBatch, "an iteration took \(session.environmentSteps) steps")
    if iteration > 0 { best = min(best, took) }
  }
  return (best, peakMemory())
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.count == 3, arguments[0] == "--point", let memory = RL2.MemoryKind(rawValue: arguments[1]),
  let pulls = Int(arguments[2])
{
  let point = try measure(memory, pulls: pulls)
  print("\(point.seconds) \(point.bytes) ")
  exit(0)
}
let memories = arguments.isEmpty ? RL2.MemoryKind.allCases : arguments.compactMap(RL2.MemoryKind.init)
guard memories.count == max(arguments.count, memories.count) else {
  print("usage: memories [\(RL2.MemoryKind.allCases.map(\.rawValue).joined(separator: " | "))]...")
  exit(2)
}
print("| memory | \(lengths.map { "\($0) steps" }.joined(separator: " | ")) |")
print("| --- |\(lengths.map { _ in " ---: |" }.joined())")
for memory in memories {
  let cells = try lengths.map { pulls -> String in
    let point = try numbers(printedWith: ["--point", memory.rawValue, "\(pulls)"], count: 2)
    return "\(text(point[0], digits: 2)) s, \(text(point[1] * 1e-6, digits: 0)) MB"
  }
  print("| `\(memory.rawValue)` | \(cells.joined(separator: " | ")) |")
}
