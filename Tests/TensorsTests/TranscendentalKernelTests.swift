import CKernels
import Foundation
import Testing

/// Exponential function, logarithm and hyperbolic tangent against those of the system in double precision.
@Suite struct TranscendentalKernelTests {
  @Test func functionsAreWithinTwoUnitsInTheLastPlace() {
    #expect(worstError(of: CK_UNARY_TANH, against: Foundation.tanh) <= 2)
    #expect(worstError(of: CK_EXP, against: Foundation.exp) <= 2)
    #expect(worstError(of: CK_LOG, against: Foundation.log) <= 2)
  }

  @Test func tanhNeverExceedsOne() {
    let x = (0..<2_000_000).map { Float($0) * 1e-5 }
    #expect(Float.unary(CK_UNARY_TANH, x).allSatisfy { abs($0) <= 1 })
    #expect(Float.unary(CK_UNARY_TANH, [.infinity, -.infinity, 1e30, -1e30]) == [1, -1, 1, -1])
  }

  @Test func transcendentalFunctionsAreRightAtTheEdges() {
    #expect(Float.unary(CK_EXP, [0, -.infinity, -200]) == [1, 0, 0])
    #expect(Float.unary(CK_EXP, [.infinity, 100, 89]) == [.infinity, .infinity, .infinity])
    #expect(Float.unary(CK_LOG, [1, 0, -0.0, .infinity]) == [0, -.infinity, -.infinity, .infinity])
    #expect(Float.unary(CK_LOG, [-1, -.infinity, .nan]).allSatisfy { $0.isNaN })
    #expect(Float.unary(CK_EXP, [.nan])[0].isNaN)
    #expect(Float.unary(CK_UNARY_TANH, [.nan])[0].isNaN)
    #expect(Float.unary(CK_UNARY_RELU, [.nan])[0].isNaN)
  }

  /// The largest distance from the exact function in units of the last place, over all magnitudes and signs.
  private func worstError(of function: ck_unary, against exact: (Double) -> Double) -> Double {
    let x = stride(from: UInt64(0), to: 1 << 32, by: 4099).map { Float(bitPattern: UInt32($0)) }
    let y = Float.unary(function, x)
    var worst = 0.0
    for (x, y) in zip(x, y) {
      let expected = exact(Double(x))
      let rounded = Float(expected)
      if rounded.isNaN {
        if !y.isNaN { return .infinity }
      } else if rounded.isInfinite {
        if y != rounded { return .infinity }
      } else {
        worst = max(worst, abs(Double(y) - expected) / Double(rounded.ulp))
      }
    }
    return worst
  }
}
