// Times updates of PEARL on the sparse point robot with the settings of the authors: a meta-batch of 16 of 80 tasks, 256 steps
// and a context of 1024 of each, layers of 300 (policy, two critics, value) and 200 (encoder).
//
// pearl-step [updates] [workers] [updates in an iteration]
//
// An iteration is so many updates and one episode of 20 steps, which is a thousandth of the work; the first one, which also
// fills the buffers, is not counted. Drawing from the buffers is part of the work. Prints the median and the fastest time
// of an update, and the share of the measured peak of the cores in use. Arithmetic is counted by hand, for the matrix
// products that a program without waste needs.

import Environments
import Foundation
import Learners
import Measuring
import MetaRL
import Tensors

let arguments = Array(CommandLine.arguments.dropFirst())
func argument(_ index: Int, _ otherwise: String) -> String {
  index < arguments.count ? arguments[index] : otherwise
}

guard let updates = Int(argument(0, "40")), updates > 0, let workerCount = Int(argument(1, "2")), workerCount > 0,
  let chunk = Int(argument(2, "5")), chunk > 0
else {
  print("usage: pearl-step [updates] [workers] [updates in an iteration]")
  exit(2)
}

var configuration = PEARL.Configuration()
configuration.initialSteps = 1200
configuration.tasksPerIteration = 1
configuration.priorSteps = 20
configuration.posteriorSteps = 0
configuration.extraSteps = 0
configuration.updatesPerIteration = chunk
configuration.contextSize = 1024
configuration.divergenceWeight = 1
configuration.discount = 0.9
configuration.rewardScale = 100
configuration.replayCapacity = 8000
configuration.trainingReward = .dense

let family = PointRobot(.halfCircle)
let root = RandomStream(seed: 0)
var learner = try PEARL(configuration, for: family.learnerSpec(), using: root.split("init"))
var times: [Double] = []
for iteration in 0...max(1, updates / chunk) {
  var session = TrainingSession(
    family: family, iteration: iteration, random: root.split("train"), workers: Workers(workerCount))
  let time = try seconds { try learner.metaTrain(&session) } / Double(chunk)
  let metrics = Dictionary(uniqueKeysWithValues: session.metrics.map { ($0.name, $0.value) })
  let criticLoss = metrics["criticLoss"] ?? .nan
  require(criticLoss.isFinite && criticLoss > 0, "iteration \(iteration) has no loss")
  if iteration > 0 { times.append(time) }
  if iteration < 3 {
    print(
      "iteration \(iteration)  \(text(time, digits: 4)) s/update  critic loss \(text(criticLoss, digits: 1))"
        + "  divergence \(text(metrics["posteriorDivergence"] ?? .nan, digits: 2))")
  }
}
// Multiply-adds of one row in a network, and of its first layer, whose inputs are constants for most.
let (encoder, steps) = (5.0 * 200 + 2 * 200 * 200 + 200 * 10, 16.0 * 256)
let (hidden, critic, value) = (2.0 * 300 * 300, 9.0 * 300 + 300, 7.0 * 300 + 300)
let policy = 7.0 * 300 + 300 * 4
let perContext = 3 * encoder - 5 * 200
let perStep =
  (3 * (hidden + policy) - 7 * 300) + 6 * (hidden + critic) + (3 * (hidden + value) - 7 * 300) + (hidden + value)
  + 4 * (hidden + critic)
let operations = 2 * (16 * 1024 * perContext + steps * perStep)
let peak = measuredPeak(cores: workerCount)
let rate = operations / median(times)
print(
  "median \(text(median(times), digits: 4)) s/update, min \(text(times.min() ?? .nan, digits: 4)) s; "
    + "\(text(1 / median(times), digits: 2)) updates/s; \(text(operations * 1e-9)) GFLOP; \(text(rate * 1e-9)) GFLOP/s, "
    + "\(text(100 * rate / peak, digits: 0)) % of the \(text(peak * 1e-9)) GFLOP/s of \(workerCount) cores")
