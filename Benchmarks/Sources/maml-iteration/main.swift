// Times iterations of MAML with a trust region on point navigation: 20 tasks x 20 episodes x 100 steps before and after
// the inner step, a policy of 2 x 100 tanh. Prints one line an iteration and the median.
//
// maml-iteration [iterations] [workers] [estimator] [hidden size]

import Environments
import Foundation
import Learners
import MetaRL
import Tensors

let arguments = CommandLine.arguments.dropFirst().map { $0 }
func argument(_ index: Int, _ otherwise: String) -> String { index < arguments.count ? arguments[index] : otherwise }

let iterations = Int(argument(0, "10")) ?? 10
let workers = Workers(max(1, Int(argument(1, "2")) ?? 2))
var configuration = MAML.Configuration()
configuration.innerEstimator = InnerEstimator(rawValue: argument(2, "naive")) ?? .naive
let hidden = Int(argument(3, "100")) ?? 100
configuration.hiddenSizes = [hidden, hidden]

let family = PointNavigation()
let root = RandomStream(seed: 0)
var learner = try MAML(configuration, for: family.spec, using: root.split("init"))
var seconds: [Double] = []
for iteration in 0..<iterations {
  var session = TrainingSession(family: family, iteration: iteration, random: root.split("train"), workers: workers)
  let start = ContinuousClock.now
  try learner.metaTrain(&session)
  let took = ContinuousClock.now - start
  seconds.append(Double(took.components.seconds) + Double(took.components.attoseconds) * 1e-18)
  let logged = session.metrics.map { "\($0.name) \(String(format: "%.4f", $0.value))" }.joined(separator: "  ")
  print("iteration \(iteration)  \(String(format: "%.4f", seconds[iteration])) s  steps \(session.environmentSteps)  \(logged)")
}
let median = seconds.sorted()[seconds.count / 2]
print("median \(String(format: "%.4f", median)) s an iteration")
