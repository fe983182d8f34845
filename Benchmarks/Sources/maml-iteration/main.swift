// Times iterations of MAML with a trust region on point navigation: 20 tasks x 20 episodes x 100 steps before and after
// the inner step, and a policy of two tanh layers.
//
// maml-iteration [iterations] [workers] [estimator] [hidden size]
//
// Prints a line an iteration, then the median and the fastest time (without the first iteration, which fills caches),
// and the share of the measured peak of the cores in use. Arithmetic is counted by hand, for the products between the
// hidden layers that a program without waste needs: (174 + 4 tries of the line search) products of 40,000 rows.

import Environments
import Foundation
import Learners
import Measuring
import MetaRL
import Networks
import Tensors

let arguments = Array(CommandLine.arguments.dropFirst())
func argument(_ index: Int, _ otherwise: String) -> String {
  index < arguments.count ? arguments[index] : otherwise
}

guard let iterations = Int(argument(0, "10")), iterations > 0, let workerCount = Int(argument(1, "2")),
  workerCount > 0, let estimator = InnerEstimator(rawValue: argument(2, "naive")),
  let hidden = Int(argument(3, "100")), hidden > 0
else {
  let estimators = InnerEstimator.allCases.map(\.rawValue).joined(separator: "|")
  print("usage: maml-iteration [iterations] [workers] [\(estimators)] [hidden size]")
  exit(2)
}

var configuration = MAML.Configuration()
configuration.innerEstimator = estimator
configuration.hiddenSizes = [hidden, hidden]

let family = PointNavigation()
let root = RandomStream(seed: 0)
var learner = try MAML(configuration, for: family.spec, using: root.split("init"))
var times: [Double] = []
var tries: [Double] = []
for iteration in 0..<iterations {
  var session = TrainingSession(
    family: family, iteration: iteration, random: root.split("train"), workers: Workers(workerCount))
  times.append(try seconds { try learner.metaTrain(&session) })
  let metrics = Dictionary(uniqueKeysWithValues: session.metrics.map { ($0.name, $0.value) })
  func metric(_ name: String) -> Double { metrics[name] ?? .nan }
  require(metric("returnAfter").isFinite && session.environmentSteps > 0, "iteration \(iteration) has no return")
  let backtracks = metric("backtracks")
  tries.append(backtracks < 0 ? Double(TrustRegionStep().maximumBacktracks) : backtracks + 1)
  print(
    "iteration \(iteration)  \(text(times[iteration], digits: 4)) s  before \(text(metric("returnBefore")))"
      + "  after \(text(metric("returnAfter")))  divergence \(text(metric("divergence"), digits: 4))"
      + "  tries \(text(tries[iteration], digits: 0))")
}
let counted = iterations > 1 ? Array(times.dropFirst()) : times
let countedTries = iterations > 1 ? Array(tries.dropFirst()) : tries
let meanTries = countedTries.reduce(0, +) / Double(countedTries.count)
let operations = (174 + 4 * meanTries) * 2 * 40_000 * Double(hidden * hidden)
let peak = measuredPeak(cores: workerCount)
let rate = operations / median(counted)
print(
  "median \(text(median(counted), digits: 4)) s/iteration, min \(text(counted.min() ?? .nan, digits: 4)) s; "
    + "\(text(operations * 1e-9)) GFLOP; \(text(rate * 1e-9)) GFLOP/s, \(text(100 * rate / peak, digits: 0)) % "
    + "of the \(text(peak * 1e-9)) GFLOP/s of \(workerCount) cores")
