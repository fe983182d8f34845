// Times iterations of RL² with clipped ratios on Bernoulli bandits of 10 arms: 250 lifetimes of 100 pulls, a GRU of 256
// with the value beside the policy, and 4 passes over 5 parts of 50 whole lifetimes.
//
// rl2-iteration [iterations] [workers] [hidden size]
//
// Prints a line an iteration, then the median and the fastest time (without the first iteration, which fills caches),
// and the share of the measured peak of the cores in use. Arithmetic is counted by hand, for the matrix products that a
// program without waste needs: one forward pass while acting, and for each pass a forward and two backward ones.

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

guard let iterations = Int(argument(0, "10")), iterations > 0, let workerCount = Int(argument(1, "2")),
  workerCount > 0, let hidden = Int(argument(2, "256")), hidden > 0
else {
  print("usage: rl2-iteration [iterations] [workers] [hidden size]")
  exit(2)
}

var configuration = RL2.Configuration()
configuration.hiddenSize = hidden
configuration.stepsPerBatch = 25_000
configuration.baseline = .shared
configuration.outerEpochs = 4
configuration.partsPerEpoch = 5
(configuration.scalesRewards, configuration.rewardScale) = (false, 0.1)
configuration.adamEpsilon = 1e-8

let (arms, pulls) = (10, 100)
let family = BernoulliBandit(arms: arms, pulls: pulls)
let root = RandomStream(seed: 0)
var learner = try RL2(configuration, for: family.learnerSpec(), using: root.split("init"))
var times: [Double] = []
for iteration in 0..<iterations {
  var session = TrainingSession(
    family: family, iteration: iteration, random: root.split("train"), workers: Workers(workerCount))
  times.append(try seconds { try learner.metaTrain(&session) })
  let metrics = Dictionary(uniqueKeysWithValues: session.metrics.map { ($0.name, $0.value) })
  let lifetimeReturn = metrics["lifetimeReturn"] ?? .nan
  require(lifetimeReturn.isFinite && session.environmentSteps == 25_000, "iteration \(iteration) has no return")
  if iteration < 3 || iteration % 10 == 9 {
    print(
      "iteration \(iteration)  \(text(times[iteration], digits: 4)) s  lifetime return \(text(lifetimeReturn, digits: 2))"
        + "  entropy \(text(metrics["entropy"] ?? .nan, digits: 3))")
  }
}
let counted = iterations > 1 ? Array(times.dropFirst()) : times
// A step of a lifetime: the state's and the input's products with the three gates, and the outputs.
let perStep = 2.0 * Double(hidden * 3 * hidden + (arms + 2) * 3 * hidden + hidden * (arms + 1))
let operations = 25_000 * perStep * Double(1 + 3 * configuration.outerEpochs)
let peak = measuredPeak(cores: workerCount)
let rate = operations / median(counted)
print(
  "median \(text(median(counted), digits: 4)) s/iteration, min \(text(counted.min() ?? .nan, digits: 4)) s; "
    + "\(text(operations * 1e-9)) GFLOP; \(text(rate * 1e-9)) GFLOP/s, \(text(100 * rate / peak, digits: 0)) % "
    + "of the \(text(peak * 1e-9)) GFLOP/s of \(workerCount) cores")
