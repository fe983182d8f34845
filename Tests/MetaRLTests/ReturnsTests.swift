import Foundation
import MetaRL
import Tensors
import Testing

@Suite struct AdvantageTests {
  private static let lengths = [1, 2, 3, 7, 20, 61]

  private func chain(_ length: Int, seed: UInt64) -> (rewards: [Double], values: [Double], lastValue: Double) {
    var random = RandomStream(seed: seed)
    func draw() -> [Double] { (0..<length).map { _ in random.uniform(-2, 2) } }
    return (draw(), draw(), random.uniform(-2, 2))
  }

  @Test(arguments: lengths, [(0.99, 0.95), (0.9, 0), (1, 1), (0, 0.5), (0.99, 1)])
  func advantagesEqualTheirDefinition(length: Int, decays: (discount: Double, lambda: Double)) {
    for (seed, isTerminal) in [(UInt64(1), true), (2, false), (3, true), (4, false)] {
      let (rewards, values, bootstrap) = chain(length, seed: seed)
      let lastValue = isTerminal ? 0 : bootstrap
      let padded = values + [lastValue]
      let expected = (0..<length).map { t in
        (t..<length).reduce(0.0) { sum, k in
          let error = rewards[k] + decays.discount * padded[k + 1] - values[k]
          return sum + pow(decays.discount * decays.lambda, Double(k - t)) * error
        }
      }
      let ours = generalizedAdvantages(
        rewards: rewards, values: values, lastValue: lastValue, discount: decays.discount, lambda: decays.lambda)
      for (a, b) in zip(ours, expected) { #expect(abs(a - b) < 1e-12 * max(1, abs(b))) }
      #expect(ours.count == length)
    }
  }

  @Test(arguments: [
    (0.0, 0.0, [0.896, -0.103, -1.102, 1.8]),
    (0.0, 0.95, [1.3218033337, 0.45274145, 0.5909, 1.8]),
    (0.0, 1.0, [1.460498, 0.5702, 0.68, 1.8]),
    (0.7, 0.0, [0.896, -0.103, -1.102, 2.493]),
    (0.7, 0.95, [1.8983170366, 1.0657278432, 1.2426665, 2.493]),
    (0.7, 1.0, [2.132915207, 1.2494093, 1.36607, 2.493]),
  ])
  func advantagesAreThoseOfTheSpecification(lastValue: Double, lambda: Double, expected: [Double]) {
    let ours = generalizedAdvantages(
      rewards: [1, 0, -1, 2], values: [0.5, 0.4, 0.3, 0.2], lastValue: lastValue, discount: 0.99, lambda: lambda)
    for (a, b) in zip(ours, expected) { #expect(abs(a - b) < 1e-10) }
  }

  @Test("With lambda 1, advantage and value add to the discounted return", arguments: lengths)
  func lambdaOne(length: Int) {
    for lastValue in [0.0, 1.7] {
      let (rewards, values, _) = chain(length, seed: 9)
      let ours = generalizedAdvantages(
        rewards: rewards, values: values, lastValue: lastValue, discount: 0.97, lambda: 1)
      var ending = rewards
      ending[length - 1] += 0.97 * lastValue
      let returns = discountedSums(ending, discount: 0.97)
      for t in 0..<length { #expect(abs(ours[t] + values[t] - returns[t]) < 1e-12 * max(1, abs(returns[t]))) }
    }
  }

  @Test(arguments: lengths, [0, 0.5, 0.99, 1])
  func discountedSumsEqualTheirDefinition(length: Int, discount: Double) {
    let rewards = chain(length, seed: 5).rewards
    let ours = discountedSums(rewards, discount: discount)
    for t in 0..<length {
      let expected = (t..<length).reduce(0.0) { $0 + pow(discount, Double($1 - t)) * rewards[$1] }
      #expect(abs(ours[t] - expected) < 1e-12 * max(1, abs(expected)))
    }
  }

  @Test func nothingHasNoReturns() {
    #expect(discountedSums([], discount: 0.9).isEmpty)
    #expect(generalizedAdvantages(rewards: [], values: [], discount: 0.9, lambda: 1).isEmpty)
  }
}

@Suite struct StandardizationTests {
  @Test func theDeviationIsThatOfThePopulation() {
    let (numbers, deviation) = standardized([1, 2, 3, 6])
    let expected = 3.5.squareRoot()
    #expect(abs(deviation - expected) < 2e-8)
    for (a, b) in zip(numbers, [-2.0, -1, 0, 3]) { #expect(abs(a - b / expected) < 2e-8) }
    #expect(abs(numbers.reduce(0, +)) < 1e-14)
    #expect(abs(numbers.reduce(0) { $0 + $1 * $1 } / 4 - 1) < 2e-8)
  }

  @Test(arguments: [[0.0, 0, 0], [-3.7, -3.7, -3.7, -3.7], [1e12, 1e12], [5]])
  func equalNumbersGiveZeros(numbers: [Double]) {
    let (result, deviation) = standardized(numbers)
    #expect(result.allSatisfy { $0 == 0 })
    #expect(deviation > 0)
  }

  @Test func roundingIsNotBlownUp() {
    let numbers = (0..<10).map { 0.1 * 3 + Double($0 % 2) * 1e-15 }
    #expect(standardized(numbers).numbers.allSatisfy { abs($0) < 1e-8 })
  }

  @Test func aFactorOfTheNumbersChangesNothing() {
    let numbers = [0.3, -1, 2, 0.7]
    let (a, b) = (standardized(numbers).numbers, standardized(numbers.map { 1000 * $0 }).numbers)
    for (x, y) in zip(a, b) { #expect(abs(x - y) < 1e-7) }
  }
}

@Suite struct LinearFeatureBaselineTests {
  /// Random walks of various lengths whose observations go beyond the clipping, with random returns.
  private func data(
    lengths: [Int] = [150, 40, 260, 1], size: Int = 3, scale: Double = 6
  ) -> (episodes: [Episode], returns: [[Double]]) {
    var random = RandomStream(seed: 11)
    let episodes = lengths.map { length in
      Episode(
        observations: (0..<(length + 1) * size).map { _ in Float(random.uniform(-2 * scale, 2 * scale)) },
        actions: .discrete(Array(repeating: 0, count: length)), denseRewards: Array(repeating: 0, count: length),
        sparseRewards: Array(repeating: 0, count: length), terminated: false)
    }
    return (episodes, lengths.map { length in (0..<length).map { _ in random.uniform(-30, 10) } })
  }

  /// Features by the words of the specification.
  private func features(_ episodes: [Episode], size: Int) -> [[Double]] {
    episodes.flatMap { episode in
      (0..<episode.stepCount).map { step in
        let seen = episode.observations[step * size..<(step + 1) * size].map { min(10, max(-10, Double($0))) }
        let time = Double(step) / 100
        return seen + seen.map { $0 * $0 } + [time, pow(time, 2), pow(time, 3), 1]
      }
    }
  }

  /// Least squares by Householder reflections.
  private func leastSquares(_ rows: [[Double]], _ targets: [Double]) -> [Double] {
    var (a, b) = (rows, targets)
    let (height, width) = (a.count, a[0].count)
    for column in 0..<width {
      var v = (column..<height).map { a[$0][column] }
      let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
      v[0] += v[0] < 0 ? -norm : norm
      let square = v.reduce(0) { $0 + $1 * $1 }
      for j in column..<width {
        let factor = 2 * v.indices.reduce(0) { $0 + v[$1] * a[column + $1][j] } / square
        for i in v.indices { a[column + i][j] -= factor * v[i] }
      }
      let factor = 2 * v.indices.reduce(0) { $0 + v[$1] * b[column + $1] } / square
      for i in v.indices { b[column + i] -= factor * v[i] }
    }
    var solution = [Double](repeating: 0, count: width)
    for i in (0..<width).reversed() {
      let known = (i + 1..<width).reduce(0) { $0 + a[i][$1] * solution[$1] }
      solution[i] = (b[i] - known) / a[i][i]
    }
    return solution
  }

  /// Expects that the coefficients are those of dense least squares with a ridge.
  private func expectSolution(
    _ baseline: LinearFeatureBaseline, _ phi: [[Double]], _ returns: [[Double]], regularization: Double
  ) -> [Double] {
    let width = phi[0].count
    let ridge = (0..<width).map { i in (0..<width).map { $0 == i ? regularization.squareRoot() : 0 } }
    let expected = leastSquares(phi + ridge, Array(returns.joined()) + [Double](repeating: 0, count: width))
    #expect(norm(zip(baseline.coefficients, expected).map { $0 - $1 }) < 1e-8 * norm(expected))
    return expected
  }

  private func norm(_ x: [Double]) -> Double { dot(x, x).squareRoot() }

  private func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0.0) { $0 + $1.0 * $1.1 } }

  @Test("The solution is that of dense least squares with a ridge", arguments: [1e-5, 0.1])
  func leastSquaresWithARidge(regularization: Double) {
    let (episodes, returns) = data()
    let baseline = LinearFeatureBaseline(fittedTo: episodes, returns: returns, regularization: regularization)
    let phi = features(episodes, size: 3)
    let expected = expectSolution(baseline, phi, returns, regularization: regularization)
    let values = episodes.flatMap { baseline.values($0) }
    for (value, row) in zip(values, phi) {
      #expect(abs(value - dot(row, expected)) < 1e-8 * max(1, abs(dot(row, expected))))
    }
    #expect(values.count == phi.count)
  }

  @Test("With few steps and many features, the solution is the same") func fewStepsAndManyFeatures() {
    let (episodes, returns) = data(lengths: [5, 3], size: 10)
    let baseline = LinearFeatureBaseline(fittedTo: episodes, returns: returns, regularization: 0.1)
    _ = expectSolution(baseline, features(episodes, size: 10), returns, regularization: 0.1)
    #expect(baseline.values(episodes[1]).count == 3)
  }

  @Test("What is left over is orthogonal to the features but for the ridge") func residual() {
    let (episodes, returns) = data()
    let baseline = LinearFeatureBaseline(fittedTo: episodes, returns: returns)
    let phi = features(episodes, size: 3)
    let targets = Array(returns.joined())
    let w = baseline.coefficients
    let rest = zip(phi, targets).map { row, y in y - dot(row, w) }
    let left = w.indices.map { i in dot(phi.map { $0[i] }, rest) }
    let scale = norm(w.indices.map { i in dot(phi.map { $0[i] }, targets) })
    #expect(norm(zip(left, w).map { $0 - 1e-5 * $1 }) < 1e-9 * scale)
  }

  @Test("A constant observation makes the features singular and the fit is still there") func singularFeatures() {
    var (episodes, returns) = data(lengths: [30, 30])
    for i in episodes.indices { episodes[i].observations = episodes[i].observations.map { _ in 0 } }
    returns = returns.map { $0.map { _ in 7 } }
    let baseline = LinearFeatureBaseline(fittedTo: episodes, returns: returns)
    #expect(baseline.coefficients.prefix(6).allSatisfy { $0 == 0 })
    for value in baseline.values(episodes[0]) { #expect(abs(value - 7) < 1e-4) }
  }

  @Test func inEpisodesOfOneStepTheValueIsTheMeanReturn() {
    var (episodes, returns) = data(lengths: [1, 1, 1, 1], size: 1)
    for i in episodes.indices { episodes[i].observations = [0, 0] }
    returns = [[1], [0], [0], [1]]
    let baseline = LinearFeatureBaseline(fittedTo: episodes, returns: returns)
    #expect(abs(baseline.values(episodes[0])[0] - 2 / (4 + 1e-5)) < 1e-14)
  }

  @Test func observationsAreClippedAtTen() {
    let (episodes, returns) = data(scale: 4)
    let baseline = LinearFeatureBaseline(fittedTo: episodes, returns: returns)
    func values(_ observation: Float) -> [Double] {
      var episode = episodes[3]
      episode.observations = [observation, -observation, 0, 0, 0, 0]
      return baseline.values(episode)
    }
    #expect(values(10) == values(1e6))
    #expect(values(10) != values(9.5))
    #expect(baseline.coefficients.allSatisfy { $0.isFinite })
  }

  @Test func returnsThatAreNotNumbersGiveNoBaseline() {
    let (episodes, returns) = data()
    let baseline = LinearFeatureBaseline(fittedTo: episodes, returns: returns.map { $0.map { _ in .nan } })
    #expect(baseline.coefficients.allSatisfy { $0 == 0 })
  }
}

@Suite struct PositiveDefiniteTests {
  @Test(arguments: [1, 2, 5, 12], [0, 0.5])
  func theSolutionSolvesTheEquations(size: Int, diagonal: Double) throws {
    var random = RandomStream(seed: UInt64(size))
    let root = (0..<size * size).map { _ in random.uniform(-1, 1) }
    let wanted = (0..<size).map { _ in random.uniform(-1, 1) }
    var matrix = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0..<size {
        for k in 0..<size { matrix[i * size + j] += root[i * size + k] * root[j * size + k] }
        if i == j { matrix[i * size + j] += 1 }
      }
    }
    let target = (0..<size).map { i in
      (0..<size).reduce(diagonal * wanted[i]) { $0 + matrix[i * size + $1] * wanted[$1] }
    }
    // Only the lower triangle is read.
    for i in 0..<size { for j in i + 1..<max(size, i + 1) { matrix[i * size + j] = .nan } }
    let solution = try #require(solvePositiveDefinite(matrix, target, diagonal: diagonal))
    for (a, b) in zip(solution, wanted) { #expect(abs(a - b) < 1e-12) }
  }

  @Test func whatIsNotPositiveDefiniteHasNoSolution() {
    #expect(solvePositiveDefinite([1, 0, 0, -1], [1, 1], diagonal: 0) == nil)
    #expect(solvePositiveDefinite([1, 1, 1, 1], [1, 1], diagonal: 0) == nil)
    for (matrix, target) in [(Double.nan, 1.0), (.infinity, 1), (1, .nan)] {
      #expect(solvePositiveDefinite([matrix], [target], diagonal: 1) == nil)
    }
    #expect(solvePositiveDefinite([], [], diagonal: 1) == [])
  }
}
