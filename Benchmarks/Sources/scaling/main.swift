// How time and memory grow with the work: one iteration of a learner, with 1, 2, 4, 8 and 16 times as much of one thing.
//
// scaling [axis]...
//
// Every point is a process of its own, so that its peak of memory is its own; each is measured three times, and the fastest
// counts. Time is the second iteration's, on one thread. Work is in multiply-adds of the networks' layers, which is most of it.
// The last two columns are how much more time and memory a unit of work takes than at the first point: what grows no
// faster than the work stays near 1 or below.

import Environments
import Foundation
import Learners
import Measuring
import MetaRL
import Tensors

/// A family with episodes of another length.
struct WithHorizon<Family: TaskFamily>: TaskFamily {
  let family: Family
  let horizon: Int

  var spec: EnvironmentSpec {
    var spec = family.spec
    spec.horizon = horizon
    return spec
  }
  var card: FamilyCard { family.card }
  func taskCount(in split: TaskID.Split) -> Int? { family.taskCount(in: split) }
  func task(_ id: TaskID) -> Family.TaskParameters { family.task(id) }
  func descriptor(of task: Family.TaskParameters) -> [Float] { family.descriptor(of: task) }
  func makeEnvironment(_ tasks: [Family.TaskParameters]) -> Family.Lanes { family.makeEnvironment(tasks) }
}

/// What an iteration took.
struct Point {
  var seconds = 0.0
  /// The most memory that the process had, in bytes.
  var bytes = 0.0
  var work = 0.0
}

/// Runs two iterations, of which the second counts.
func measure<L: MetaLearner>(
  _: L.Type, _ configuration: L.Configuration, on family: some TaskFamily, workPerStep: Double
) throws -> Point {
  let root = RandomStream(seed: 0)
  var learner = try L(configuration, for: family.learnerSpec(), using: root.split("init"))
  var point = Point()
  for iteration in 0..<2 {
    var session = TrainingSession(
      family: family, iteration: iteration, random: root.split("train"), workers: Workers(1))
    point.seconds = try seconds { try learner.metaTrain(&session) }
    require(session.environmentSteps > 0, "iteration \(iteration) took no steps")
    point.work = workPerStep * Double(session.environmentSteps)
  }
  point.bytes = peakMemory()
  return point
}

/// One axis: what grows, and an iteration with so many times as much of it.
struct Axis {
  var name: String
  var text: String
  var measure: (Int) throws -> Point
}

func maml(tasks: Int = 5, episodes: Int = 5, horizon: Int = 25, width: Int = 32) throws -> Point {
  var c = MAML.Configuration()
  (c.tasksPerBatch, c.episodesPerInnerStep, c.hiddenSizes) = (tasks, episodes, [width, width])
  let family = WithHorizon(family: VelocityTrackingLite(), horizon: horizon)
  let (inputs, outputs) = (family.spec.observationSize, family.spec.actionSpace.width)
  return try measure(MAML.self, c, on: family, workPerStep: Double(width * (inputs + width + outputs)))
}

func rl2(pulls: Int = 50, lifetimes: Int = 16, hidden: Int = 32, recomputed: Int = 0) throws -> Point {
  var c = RL2.Configuration()
  (c.stepsPerBatch, c.hiddenSize, c.recomputedSteps) = (lifetimes * pulls, hidden, recomputed)
  let family = BernoulliBandit(arms: 5, pulls: pulls)
  return try measure(RL2.self, c, on: family, workPerStep: Double(hidden * (3 * hidden + 3 * 8 + 5)))
}

func pearl(tasks: Int = 2, batch: Int = 32, width: Int = 32) throws -> Point {
  var c = PEARL.Configuration()
  (c.tasksPerBatch, c.batchSize, c.contextSize) = (tasks, batch, 2 * batch)
  (c.hiddenSizes, c.encoderSizes) = ([width, width], [width, width])
  (c.initialSteps, c.tasksPerIteration, c.updatesPerIteration) = (1000, 1, 100)
  (c.priorSteps, c.posteriorSteps, c.extraSteps) = (20, 0, 0)
  // The steps of an iteration are 20 whatever an update costs.
  let work = 100 * Double(tasks * batch * width * (width + 16))
  return try measure(PEARL.self, c, on: PointRobot(), workPerStep: work)
}

let axes = [
  Axis(name: "maml-tasks", text: "MAML: tasks in a batch") { try maml(tasks: 5 * $0) },
  Axis(name: "maml-episodes", text: "MAML: episodes before an inner step") { try maml(episodes: 5 * $0) },
  Axis(name: "maml-horizon", text: "MAML: steps of an episode") { try maml(horizon: 25 * $0) },
  Axis(name: "maml-width", text: "MAML: units of a layer") { try maml(width: 32 * $0) },
  Axis(name: "rl2-lifetimes", text: "RL²: lifetimes in a batch") { try rl2(lifetimes: 16 * $0) },
  Axis(name: "rl2-length", text: "RL²: steps of a lifetime") { try rl2(pulls: 200 * $0, hidden: 64) },
  Axis(name: "rl2-length-recomputed", text: "RL²: steps of a lifetime, 32 at a time computed again") {
    try rl2(pulls: 200 * $0, hidden: 64, recomputed: 32)
  },
  Axis(name: "rl2-width", text: "RL²: units of the state") { try rl2(hidden: 32 * $0) },
  Axis(name: "pearl-tasks", text: "PEARL: tasks in an update") { try pearl(tasks: 2 * $0) },
  Axis(name: "pearl-batch", text: "PEARL: steps of a task in an update") { try pearl(batch: 32 * $0) },
  Axis(name: "pearl-width", text: "PEARL: units of a layer") { try pearl(width: 32 * $0) },
]

/// Measures a point in a separate process.
func apart(_ axis: Axis, _ factor: Int) throws -> Point {
  let numbers = try numbers(printedWith: ["--point", axis.name, "\(factor)"], count: 3)
  return Point(seconds: numbers[0], bytes: numbers[1], work: numbers[2])
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.count == 3, arguments[0] == "--point", let factor = Int(arguments[2]),
  let axis = axes.first(where: { $0.name == arguments[1] })
{
  let point = try axis.measure(factor)
  print("\(point.seconds) \(point.bytes) \(point.work) ")
  exit(0)
}
if let unknown = arguments.first(where: { name in !axes.contains { $0.name == name } }) {
  print("unknown axis \"\(unknown)\". There are: \(axes.map(\.name).joined(separator: ", "))")
  exit(2)
}

let widths = [52, 8, 10, 9, 11, 13]
printRow(["", "factor", "seconds", "MB", "time/work", "memory/work"], widths: widths)
for axis in axes where arguments.isEmpty || arguments.contains(axis.name) {
  var first: Point?
  for factor in [1, 2, 4, 8, 16] {
    let tries = try (0..<3).map { _ in try apart(axis, factor) }
    var point = tries[0]
    point.seconds = tries.map(\.seconds).min() ?? point.seconds
    let base = first ?? point
    first = base
    let work = point.work / base.work
    printRow(
      [
        factor == 1 ? axis.text : "", "\(factor)", text(point.seconds, digits: 4), text(point.bytes / 1e6),
        text(point.seconds / base.seconds / work, digits: 2), text(point.bytes / base.bytes / work, digits: 2),
      ], widths: widths)
  }
}
