import Foundation
import Learners
import Testing

@Suite struct GittinsIndicesTests {
  private static let uniform = BetaPrior(successes: 1, failures: 1)

  /// The index by its definition, for one record: bisection on the rate, with a value of its own for each.
  private func indexByBisection(_ alpha: Double, _ beta: Double, discount: Double, depth: Int) -> Double {
    var (low, high) = (alpha / (alpha + beta), 1.0)
    for _ in 0..<30 {
      let rate = (low + high) / 2
      let retiring = rate / (1 - discount)
      func mean(_ successes: Int, _ pulls: Int) -> Double {
        (alpha + Double(successes)) / (alpha + beta + Double(pulls))
      }
      var values = (0...depth).map { max(retiring, mean($0, depth) / (1 - discount)) }
      for pulls in stride(from: depth - 1, through: 1, by: -1) {
        for successes in 0...pulls {
          let p = mean(successes, pulls)
          values[successes] = max(
            retiring, p * (1 + discount * values[successes + 1]) + (1 - p) * discount * values[successes])
        }
      }
      let p = mean(0, 0)
      let pulling = p * (1 + discount * values[1]) + (1 - p) * discount * values[0]
      if pulling > retiring { low = rate } else { high = rate }
    }
    return (low + high) / 2
  }

  @Test(arguments: [
    (
      0.9,
      "1,1 .70289; 1,2 .50013; 2,1 .80006; 2,2 .63463; 3,3 .60100; 3,1 .84520; 1,3 .37963; 1,5 .24880; "
        + "5,1 .89054; 2,3 .51632; 10,2 .86949"
    ),
    (0.95, "1,1 .76143; 1,2 .56011; 2,1 .83814; 2,2 .68104; 3,3 .63917"),
    (0.99, "1,1 .86986; 1,2 .70054; 2,1 .91018; 2,2 .78436; 3,3 .73079"),
  ])
  func indicesAreThoseOfTheTable(discount: Double, table: String) throws {
    let indices = GittinsIndices(pullCount: 12, discount: discount, prior: Self.uniform)
    for entry in table.components(separatedBy: "; ") {
      let numbers = try entry.split(whereSeparator: { ", ".contains($0) }).map { try #require(Double($0)) }
      let index = try #require(indices.index(successes: Int(numbers[0]) - 1, failures: Int(numbers[1]) - 1))
      // Five digits.
      #expect(abs(index - numbers[2]) < 6e-6, "\(entry) at \(discount): \(index)")
    }
  }

  @Test(arguments: [
    (30, 20, 0.99, 1200), (3, 60, 0.99, 1200), (70, 2, 0.99, 1200), (0, 0, 0.5, 60), (40, 41, 0.9, 200),
  ])
  func indicesAreThoseOfTheDefinition(_ successes: Int, _ failures: Int, _ discount: Double, _ depth: Int) throws {
    let indices = GittinsIndices(pullCount: 100, discount: discount, prior: Self.uniform)
    let index = try #require(indices.index(successes: successes, failures: failures))
    let expected = indexByBisection(Double(successes + 1), Double(failures + 1), discount: discount, depth: depth)
    #expect(abs(index - expected) < 5e-6, "\(index) against \(expected)")
  }

  @Test func indicesOfLongLifetimesAreRightToFourDigits() throws {
    let indices = GittinsIndices(pullCount: 300, discount: 0.997, prior: Self.uniform)
    for (successes, failures) in [(0, 0), (5, 5), (100, 100), (190, 10)] {
      let index = try #require(indices.index(successes: successes, failures: failures))
      let expected = indexByBisection(Double(successes + 1), Double(failures + 1), discount: 0.997, depth: 3500)
      #expect(abs(index - expected) < 1e-4, "\(successes), \(failures): \(index) against \(expected)")
    }
  }

  @Test func aPriorIsAsGoodAsPullsThatWereSeen() throws {
    let seen = GittinsIndices(pullCount: 8, discount: 0.9, prior: Self.uniform)
    let thought = GittinsIndices(pullCount: 2, discount: 0.9, prior: BetaPrior(successes: 3, failures: 4))
    let (a, b) = (seen.index(successes: 2, failures: 3), thought.index(successes: 0, failures: 0))
    #expect(abs(try #require(a) - #require(b)) < 1e-5)
  }

  @Test("Indices are above the mean, fall with failures and end with the table") func orderOfIndices() throws {
    let indices = GittinsIndices(pullCount: 40, discount: 0.95, prior: Self.uniform)
    for pulls in 0..<40 {
      for successes in 0...pulls {
        let index = try #require(indices.index(successes: successes, failures: pulls - successes))
        #expect(index > Double(successes + 1) / Double(pulls + 2) && index < 1)
        if pulls + 1 < 40 {
          let afterFailure = try #require(indices.index(successes: successes, failures: pulls - successes + 1))
          let afterSuccess = try #require(indices.index(successes: successes + 1, failures: pulls - successes))
          #expect(afterFailure < index && index < afterSuccess)
        }
      }
    }
    #expect(indices.index(successes: 20, failures: 20) == nil)
  }

  @Test func withoutAFutureTheIndexIsTheMean() throws {
    let indices = GittinsIndices(pullCount: 5, discount: 0, prior: Self.uniform)
    for successes in 0...4 {
      let index = try #require(indices.index(successes: successes, failures: 4 - successes))
      #expect(abs(index - Double(successes + 1) / 6) < 1e-6)
    }
  }
}
