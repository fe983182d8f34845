import Foundation

/// What is known of the arms of a bandit with success probabilities uniform in 0...1: successes and failures of each.
struct ArmRecord: Hashable, Comparable {
  var successes = 0
  var failures = 0

  var mean: Double { Double(successes + 1) / Double(successes + failures + 2) }

  static func < (a: ArmRecord, b: ArmRecord) -> Bool { (a.successes, a.failures) < (b.successes, b.failures) }

  /// The density and the distribution function of the success probability at x; its posterior is a beta distribution.
  func posterior(_ x: Double) -> (density: Double, below: Double) {
    let n = successes + failures + 1
    // P(p < x) is the probability of more than `successes` successes in n trials of probability x.
    var (term, below) = (pow(1 - x, Double(n)), 0.0)
    for k in 0...n {
      if k > successes { below += term }
      term *= Double(n - k) / Double(k + 1) * x / (1 - x)
    }
    let (a, b) = (Double(successes), Double(failures))
    let logBeta: Double = lgamma(a + 1) + lgamma(b + 1) - lgamma(a + b + 2)
    let density: Double = exp(a * log(x) + b * log(1 - x) - logBeta)
    return (density, below)
  }
}

/// Forty points and weights of Gauss and Legendre on 0...1, exact for polynomials of degree 79.
private let points: [(x: Double, weight: Double)] = (0..<40).map { i in
  let n = 40
  var x = cos(Double.pi * (Double(i) + 0.75) / (Double(n) + 0.5))
  var derivative = 0.0
  for _ in 0..<100 {
    var (p, before) = (1.0, 0.0)
    for k in 1...n { (p, before) = ((Double(2 * k - 1) * x * p - Double(k - 1) * before) / Double(k), p) }
    derivative = Double(n) * (x * p - before) / (x * x - 1)
    x -= p / derivative
  }
  return (0.5 * (1 + x), 1 / ((1 - x * x) * derivative * derivative))
}

/// The posterior probability of each arm to be the best: the integral of its density times the others' distribution functions.
func probabilitiesOfBest(_ arms: [ArmRecord]) -> [Double] {
  var sums = [Double](repeating: 0, count: arms.count)
  for (x, weight) in points {
    let posteriors = arms.map { $0.posterior(x) }
    for arm in arms.indices {
      sums[arm] += posteriors.indices.reduce(weight * posteriors[arm].density) {
        $1 == arm ? $0 : $0 * posteriors[$1].below
      }
    }
  }
  return sums
}

/// The exact expected sum of rewards of a rule that sees the records of all arms.
func expectedReturn(arms: Int, pulls: Int, rule: ([ArmRecord]) -> [Double]) -> Double {
  var known: [[ArmRecord]: Double] = [:]
  func value(_ records: [ArmRecord], _ left: Int) -> Double {
    guard left > 0 else { return 0 }
    // The order of the arms makes no difference.
    let records = records.sorted()
    if let value = known[records] { return value }
    var total = 0.0
    for (arm, share) in rule(records).enumerated() where share > 0 {
      var (won, lost) = (records, records)
      won[arm].successes += 1
      lost[arm].failures += 1
      let mean = records[arm].mean
      total += share * (mean * (1 + value(won, left - 1)) + (1 - mean) * value(lost, left - 1))
    }
    known[records] = total
    return total
  }
  return value([ArmRecord](repeating: ArmRecord(), count: arms), pulls)
}
