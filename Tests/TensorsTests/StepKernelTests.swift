import CKernels
import Testing

/// Kernels that do several operations in one pass, against one operation after the other: equal to the last bit.
extension KernelTests {
  private static let counts = [0, 1, 3, 4, 7, 15, 16, 17, 31, 33, 257, 2048, 5000]

  @Test(arguments: paths) func aPackedProductEqualsAProduct(path: ck_path) throws {
    try forcing(path) {
      for (m, n, k) in [
        (1, 1, 1), (25, 96, 32), (7, 37, 330), (130, 19, 700), (5, 3, 0), (0, 4, 4), (250, 256, 768),
      ] {
        let a = noise(m * k, seed: 1, of: Float.self)
        for (turned, kind) in [(false, CK_PLAIN), (true, CK_RIGHT_TRANSPOSED)] {
          let b = noise(n * k, seed: 2, of: Float.self)
          var packed = [Float](repeating: .nan, count: ck_packed_count(n, k))
          ck_pack_f(turned, n, k, b, turned ? k : n, &packed)
          for accumulate in [false, true] {
            var expected = noise(m * n, seed: 3, of: Float.self)
            var ours = expected
            ck_matmul_f(kind, m, n, k, a, k, b, turned ? k : n, &expected, n, accumulate)
            ck_matmul_packed_f(m, n, k, a, k, packed, &ours, n, accumulate)
            #expect(ours.map(\.bitPattern) == expected.map(\.bitPattern), "\(m)x\(n)x\(k) turned \(turned)")
          }
        }
      }
    }
  }

  @Test(arguments: paths) func aStepOfAdamEqualsItsOperations(path: ck_path) throws {
    try forcing(path) {
      for count in Self.counts {
        let g = noise(count, seed: 1, of: Float.self)
        let m = noise(count, seed: 2, of: Float.self)
        let v = noise(count, seed: 3, of: Float.self).map { $0 * $0 }
        let x = noise(count, seed: 4, of: Float.self)
        var step = ck_adam_step(
          firstDecay: 0.9, secondDecay: 0.999, firstScale: 2.5, secondScale: 40, epsilon: 1e-8, stepSize: 3e-4)
        var (first, second, values) = (m, v, x)
        ck_adam_f(count, &step, g, m, v, x, &first, &second, &values)
        for i in 0..<count {
          let newFirst = Float(0.9) * m[i] + Float(1 - 0.9) * g[i]
          let newSecond = Float(0.999) * v[i] + Float(1 - 0.999) * (g[i] * g[i])
          let denominator = (Float(40) * newSecond).squareRoot() + Float(1e-8)
          let change = (Float(2.5) * newFirst) * (1 / denominator)
          let expected = (newFirst, newSecond, x[i] - Float(3e-4) * change)
          if (first[i], second[i], values[i]) != expected { Issue.record("number \(i) of \(count)") }
        }
      }
    }
  }

  @Test(arguments: paths) func sumsOfManyAndBlendsEqualTheirOperations(path: ck_path) throws {
    try forcing(path) {
      for count in Self.counts {
        let terms = (0..<5).map { noise(count, seed: UInt64($0), of: Float.self) }
        for used in 1...5 {
          var out = [Float](repeating: .nan, count: count)
          withPointers(Array(terms[..<used])) { ck_add_all_f(count, used, $0, &out) }
          let expected = (0..<count).map { i in terms[1..<used].reduce(terms[0][i]) { $0 + $1[i] } }
          #expect(out == expected, "\(used) terms of \(count)")
        }
        var out = [Float](repeating: .nan, count: count)
        ck_blend_f(count, 0.995, terms[0], 0.005, terms[1], &out)
        #expect(out == zip(terms[0], terms[1]).map { Float(0.995) * $0 + Float(0.005) * $1 }, "blend of \(count)")
      }
    }
  }

  private func withPointers(_ arrays: [[Float]], _ body: ([UnsafePointer<Float>?]) -> Void) {
    func add(_ rest: ArraySlice<[Float]>, _ pointers: [UnsafePointer<Float>?]) {
      guard let first = rest.first else { return body(pointers) }
      first.withUnsafeBufferPointer { add(rest.dropFirst(), pointers + [$0.baseAddress]) }
    }
    add(arrays[...], [])
  }
}
