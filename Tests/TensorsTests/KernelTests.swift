import CKernels
import Foundation
import Testing

/// The kernels against plain loops, and every instruction set against every other.
///
/// Forcing an instruction set acts on the whole process. Since all give the same bits, suites that run at the
/// same time do not notice; within this suite it must not happen twice at once.
@Suite(.serialized)
struct KernelTests {
  static let paths = [CK_PORTABLE, CK_NEON, CK_AVX2, CK_AVX512].filter { ck_path_available($0) }

  // MARK: Same bits

  @Test func everyPathGivesTheSameBits() throws {
    let expected = try results(on: CK_PORTABLE)
    for path in Self.paths where path != CK_PORTABLE {
      let actual = try results(on: path)
      #expect(actual.count == expected.count)
      for (ours, theirs) in zip(actual, expected) where ours.bits != theirs.bits {
        Issue.record("\(ours.name) differs on \(String(cString: ck_path_name(path)))")
      }
    }
  }

  private func results(on path: ck_path) throws -> [Output] {
    try forcing(path) {
      products(of: Float.self) + products(of: Double.self)
        + elementwise(of: Float.self) + elementwise(of: Double.self) + randomNumbers()
    }
  }

  /// Outputs of all products at sizes with every kind of remainder.
  private func products<Real: KernelReal>(of type: Real.Type) -> [Output] {
    let sizes = [0, 1, 2, 3, 5, 8, 13, 31, 36]
    let shapes =
      sizes.flatMap { m in sizes.flatMap { n in sizes.map { k in (m, n, k) } } } + [
        (1, 260, 7), (2, 133, 9), (3, 100, 20), (129, 2, 40), (70, 3, 210), (65, 1, 300), (20, 100, 100),
        (37, 128, 256), (250, 17, 5), (26, 37, 400),
      ]
    var outputs: [Output] = []
    for (m, n, k) in shapes {
      for call in ProductCall.all {
        let problem = Problem<Real>(call, m, n, k)
        outputs.append(Output("\(Real.self) \(call) \(m)x\(n)x\(k)", problem.run()))
      }
    }
    return outputs
  }

  private func elementwise<Real: KernelReal>(of type: Real.Type) -> [Output] {
    var outputs: [Output] = []
    for count in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100, 257] {
      let x = special(count, of: Real.self)
      let y = noise(count, seed: 2, of: Real.self)
      let z = noise(count, seed: 3, of: Real.self)
      func add(_ name: String, _ values: [Real]) { outputs.append(Output("\(Real.self) \(name) \(count)", values)) }
      for function in allUnaries {
        add("unary \(function.rawValue)", Real.unary(function, x))
        add("unary \(function.rawValue)", Real.unary(function, y))
      }
      for accumulate in [false, true] {
        for activation in [CK_IDENTITY, CK_TANH, CK_RELU] {
          add(
            "activation backward \(activation.rawValue)", Real.activationBackward(activation, x, y, z, accumulate))
        }
        add("tanh curvature", Real.tanhCurvature(x, y, z, z, accumulate))
        add("multiply accumulate", Real.multiplyAccumulate(x, y, z, accumulate))
      }
      add("axpy", Real.axpy(0.7, x, y))
      add("scale", Real.scale(0.7, x))
      add("sum", [Real.sum(y), Real.dot(y, z), Real.sum(x), Real.dot(x, z)])
    }
    for (rows, columns) in [(0, 3), (3, 0), (1, 1), (5, 3), (7, 16), (9, 37), (3, 130), (33, 20)] {
      let x = noise(rows * columns, seed: 4, of: Real.self)
      let y = noise(rows * columns + 1, seed: 5, of: Real.self)
      for operation in [CK_ADD, CK_SUBTRACT, CK_MULTIPLY] {
        for layout in [CK_SAME, CK_ROW, CK_COLUMN, CK_ONE] {
          let out = Real.binary(operation, layout, rows, columns, x, y)
          outputs.append(Output("\(Real.self) binary \(operation.rawValue) \(layout.rawValue)", out))
        }
      }
      for accumulate in [false, true] {
        let start = noise(columns, seed: 6, of: Real.self)
        let out = Real.sumRows(rows, columns, x, start, accumulate)
        outputs.append(Output("\(Real.self) sum rows", out))
      }
      outputs.append(Output("\(Real.self) sum columns", Real.sumColumns(rows, columns, x)))
      outputs.append(Output("\(Real.self) transpose", Real.transpose(rows, columns, x)))
    }
    return outputs
  }

  private func randomNumbers() -> [Output] {
    [(0, 5), (1, 0), (1, 1), (1, 3), (1, 1000), (7, 2), (40, 5), (3, 129)].flatMap { streams, count in
      [
        Output("normals \(streams)x\(count)", normals(streams: streams, count: count)),
        Output("uniforms \(streams)x\(count)", uniforms(streams: streams, count: count)),
      ]
    }
  }

  // MARK: Products

  @Test(arguments: paths) func productsEqualATripleLoopWithFusedMultiplyAdd(path: ck_path) throws {
    try forcing(path) {
      for (m, n, k) in [
        (1, 1, 1), (1, 100, 100), (6, 16, 30), (20, 100, 100), (23, 29, 31), (97, 2, 33), (64, 3, 260), (40, 64, 2),
        (50, 37, 0), (17, 128, 128), (0, 4, 4), (4, 0, 4),
      ] {
        for call in ProductCall.all {
          let single = Problem<Float>(call, m, n, k)
          #expect(single.run() == single.reference(), "float \(call) \(m)x\(n)x\(k)")
          let double = Problem<Double>(call, m, n, k)
          #expect(double.run() == double.reference(), "double \(call) \(m)x\(n)x\(k)")
        }
      }
    }
  }

  @Test func productsCarryInfinityAndNaN() {
    let a: [Float] = [.infinity, 1, 0, 1]
    let b: [Float] = [0, 1, 1, .infinity]
    var c = [Float](repeating: 0, count: 4)
    ck_matmul_f(CK_PLAIN, 2, 2, 2, a, 2, b, 2, &c, 2, false)
    #expect(c[0].isNaN && c[1] == .infinity && c[2] == 1 && c[3] == .infinity)
  }

  @Test func theDenseLayerEqualsProductBiasAndActivation() {
    let (m, n, k) = (13, 37, 50)
    let a = noise(m * k, seed: 1, of: Float.self)
    let b = noise(k * n, seed: 2, of: Float.self)
    let bias = noise(n, seed: 3, of: Float.self)
    var expected = (0..<m).flatMap { _ in bias }
    ck_matmul_f(CK_PLAIN, m, n, k, a, k, b, n, &expected, n, true)
    for (activation, function) in [(CK_TANH, CK_UNARY_TANH), (CK_RELU, CK_UNARY_RELU)] {
      var out = [Float](repeating: 0, count: m * n)
      ck_dense_f(activation, m, n, k, a, k, b, n, bias, &out, n)
      #expect(out == Float.unary(function, expected))
    }
  }

  @Test func theTransposeMovesEveryElement() {
    for (m, n) in [(1, 1), (8, 4), (9, 7), (40, 33), (3, 100)] {
      let x = noise(m * n, seed: 1, of: Float.self)
      let y = Float.transpose(m, n, x)
      for r in 0..<m {
        for c in 0..<n where y[c * m + r] != x[r * n + c] { Issue.record("\(m)x\(n) at \(r), \(c)") }
      }
    }
  }

  // MARK: Transcendental functions

  @Test func tanhIsWithinTwoUnitsInTheLastPlace() {
    #expect(worstError(of: CK_UNARY_TANH, against: Foundation.tanh) <= 2)
  }

  @Test func expIsWithinTwoUnitsInTheLastPlace() {
    #expect(worstError(of: CK_EXP, against: Foundation.exp) <= 2)
  }

  @Test func logIsWithinTwoUnitsInTheLastPlace() {
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

  // MARK: Elementwise functions

  @Test func derivativesOfActivationsFollowTheirFormulas() {
    let g: [Float] = [1, 2, 3], y: [Float] = [0.5, -0.25, 0], u: [Float] = [3, 1, 2]
    #expect(Float.activationBackward(CK_IDENTITY, g, y, u, true) == [4, 3, 5])
    #expect(Float.activationBackward(CK_TANH, g, y, u, false) == [0.75, 1.875, 3])
    #expect(Float.activationBackward(CK_TANH, g, y, u, true) == [3.75, 2.875, 5])
    #expect(Float.activationBackward(CK_RELU, g, y, u, false) == [1, 0, 0])
    #expect(Float.tanhCurvature(u, g, y, u, false) == [-3, 1, 0])
    #expect(Float.tanhCurvature(u, g, y, u, true) == [0, 2, 2])
  }

  @Test func layoutsLayTheSecondArgumentOverTheFirst() {
    let a: [Float] = [1, 2, 3, 4, 5, 6], b: [Float] = [10, 20, 30, 40, 50, 60]
    #expect(Float.binary(CK_ADD, CK_SAME, 2, 3, a, b) == [11, 22, 33, 44, 55, 66])
    #expect(Float.binary(CK_ADD, CK_ROW, 2, 3, a, b) == [11, 22, 33, 14, 25, 36])
    #expect(Float.binary(CK_MULTIPLY, CK_COLUMN, 2, 3, a, b) == [10, 20, 30, 80, 100, 120])
    #expect(Float.binary(CK_SUBTRACT, CK_ONE, 2, 3, a, b) == [-9, -8, -7, -6, -5, -4])
  }

  @Test func outputsMayBeTheSameMemoryAsInputs() {
    var x = noise(100, seed: 1, of: Float.self)
    let expected = Float.unary(CK_EXP, x).map { $0 * 0.5 }
    x.withUnsafeMutableBufferPointer { x in
      ck_unary_f(CK_EXP, x.count, x.baseAddress, x.baseAddress)
      ck_scale_f(x.count, 0.5, x.baseAddress, x.baseAddress)
    }
    #expect(x == expected)
  }

  // MARK: Reductions

  @Test func sumsHaveTheFixedOrder() {
    for count in [0, 1, 15, 16, 17, 100, 1003] {
      let x = noise(count, seed: 7, of: Float.self), y = noise(count, seed: 8, of: Float.self)
      var sums = [Float](repeating: 0, count: 16), products = sums
      for i in 0..<count {
        sums[i % 16] += x[i]
        products[i % 16].addProduct(x[i], y[i])
      }
      for half in [8, 4, 2, 1] {
        for i in 0..<half {
          sums[i] += sums[i + half]
          products[i] += products[i + half]
        }
      }
      #expect(Float.sum(x) == sums[0])
      #expect(Float.dot(x, y) == products[0])
      #expect(Float.sumColumns(1, count, x) == [sums[0]])
    }
  }

  @Test func sumsOfRowsAddTheRowsInOrder() {
    let (rows, columns) = (50, 45)
    let x = noise(rows * columns, seed: 9, of: Float.self), start = noise(columns, seed: 10, of: Float.self)
    var expected = start
    for r in 0..<rows {
      for c in 0..<columns { expected[c] += x[r * columns + c] }
    }
    #expect(Float.sumRows(rows, columns, x, start, true) == expected)
  }

  // MARK: Random numbers

  @Test func philoxEqualsThePublishedVectors() {
    let ones = UInt32.max
    #expect(referencePhilox([0, 0, 0, 0], [0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    #expect(
      referencePhilox([ones, ones, ones, ones], [ones, ones]) == [
        0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd,
      ])
    for (key, counter) in [
      (0, 0), (1, 2), (UInt64.max, UInt64.max), (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210),
    ] {
      let expected = referencePhilox(
        [UInt32(truncatingIfNeeded: counter), UInt32(counter >> 32), 0, 0],
        [UInt32(truncatingIfNeeded: key), UInt32(key >> 32)])
      #expect(philox(key, counter) == expected)
    }
  }

  @Test func normalsEqualBoxMullerInDouble() {
    let (streams, count) = (50, 1001)
    let ours = normals(streams: streams, count: count)
    var worst = 0.0
    for stream in 0..<streams {
      for block in 0..<(count + 3) / 4 {
        let words = philox(key(stream), counter(stream) &+ UInt64(block))
        for pair in 0..<2 {
          let u = (Double(words[2 * pair] >> 8) + 0.5) * 0x1p-24
          let angle = 2 * Double.pi * Double(words[2 * pair + 1] >> 8) * 0x1p-24
          let radius = (-2 * log(u)).squareRoot()
          for (offset, expected) in [(0, radius * cos(angle)), (1, radius * sin(angle))] {
            let index = 4 * block + 2 * pair + offset
            if index < count { worst = max(worst, abs(Double(ours[stream * count + index]) - expected)) }
          }
        }
      }
    }
    #expect(worst < 1e-5)
  }

  @Test func normalsHaveTheMomentsOfTheNormalDistribution() {
    let x = normals(streams: 1, count: 4_000_000).map(Double.init)
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    let fourth = x.reduce(0) { $0 + pow($1 - mean, 4) } / Double(x.count)
    // Five standard errors each.
    #expect(abs(mean) < 5 / Double(x.count).squareRoot())
    #expect(abs(variance - 1) < 5 * (2 / Double(x.count)).squareRoot())
    #expect(abs(fourth / (variance * variance) - 3) < 5 * (24 / Double(x.count)).squareRoot())
  }

  @Test func uniformsAreTheUpperBitsOfTheWords() {
    let ours = uniforms(streams: 3, count: 10)
    for stream in 0..<3 {
      for i in 0..<10 {
        let word = philox(key(stream), counter(stream) &+ UInt64(i / 4))[i % 4]
        #expect(ours[stream * 10 + i] == Float(word >> 8) * 0x1p-24)
      }
    }
  }

  private func referencePhilox(_ counter: [UInt32], _ key: [UInt32]) -> [UInt32] {
    var (counter, key) = (counter, key)
    for _ in 0..<10 {
      let first = counter[0].multipliedFullWidth(by: 0xD251_1F53)
      let second = counter[2].multipliedFullWidth(by: 0xCD9E_8D57)
      counter = [second.high ^ counter[1] ^ key[0], second.low, first.high ^ counter[3] ^ key[1], first.low]
      key = [key[0] &+ 0x9E37_79B9, key[1] &+ 0xBB67_AE85]
    }
    return counter
  }

  private func philox(_ key: UInt64, _ counter: UInt64) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: 4)
    ck_philox(key, counter, &words)
    return words
  }

  private func key(_ stream: Int) -> UInt64 { 0x9e37_79b9_7f4a_7c15 &* UInt64(stream + 1) }
  /// The last streams' low words overflow into the high word.
  private func counter(_ stream: Int) -> UInt64 { 0xffff_fff0 + UInt64(stream) }

  private func normals(streams: Int, count: Int) -> [Float] {
    var out = [Float](repeating: .nan, count: streams * count)
    ck_normals_f(streams, count, (0..<streams).map(key), (0..<streams).map(counter), &out)
    return out
  }

  private func uniforms(streams: Int, count: Int) -> [Float] {
    var out = [Float](repeating: .nan, count: streams * count)
    ck_uniforms_f(streams, count, (0..<streams).map(key), (0..<streams).map(counter), &out)
    return out
  }

  // MARK: Memory

  @Test func blocksAreAlignedAndDistinct() {
    let sizes = Array(0..<300) + [511, 512, 513, 80_000, 1 << 20, (1 << 20) + 1]
    for _ in 0..<3 {
      var blocks: [(address: UnsafeMutableRawPointer, bytes: Int)] = []
      for (number, bytes) in sizes.enumerated() {
        let block = ck_allocate(bytes)!
        #expect(Int(bitPattern: block) % 64 == 0)
        memset(block, Int32(number % 251), bytes)
        blocks.append((block, bytes))
      }
      for (number, block) in blocks.enumerated() {
        let contents = UnsafeRawBufferPointer(start: block.address, count: block.bytes)
        #expect(contents.allSatisfy { $0 == UInt8(number % 251) })
        ck_release(block.address, block.bytes)
      }
    }
  }

  @Test func aReleasedBlockIsUsedAgain() {
    let block = ck_allocate(12_345)
    ck_release(block, 12_345)
    #expect(ck_allocate(12_300) == block)
    ck_release(block, 12_300)
  }

  @Test func blocksMayBeReleasedOnAnotherThread() async {
    for _ in 0..<20 {
      let addresses = (1...50).map { UInt(bitPattern: ck_allocate($0 * 1000)) }
      await withCheckedContinuation { continuation in
        Thread {
          for (index, address) in addresses.enumerated() {
            ck_release(UnsafeMutableRawPointer(bitPattern: address), (index + 1) * 1000)
          }
          let block = ck_allocate(5000)!
          memset(block, 1, 5000)
          ck_release(block, 5000)
          continuation.resume()
        }.start()
      }
    }
  }

  // MARK: Paths

  @Test func aPathTheProcessorLacksIsRefused() {
    let before = ck_current_path()
    for path in [CK_PORTABLE, CK_NEON, CK_AVX2, CK_AVX512] where !ck_path_available(path) {
      #expect(!ck_force_path(path))
      #expect(ck_current_path() == before)
    }
  }

  private func forcing<Result>(_ path: ck_path, _ body: () throws -> Result) throws -> Result {
    let before = ck_current_path()
    try #require(ck_force_path(path))
    defer { _ = ck_force_path(before) }
    return try body()
  }
}

// MARK: - Products as data

/// One way to call a product.
private enum ProductCall: CustomStringConvertible {
  case product(ck_product, accumulate: Bool)
  case dense(ck_activation)

  static let all: [ProductCall] =
    [CK_PLAIN, CK_LEFT_TRANSPOSED, CK_RIGHT_TRANSPOSED].flatMap { kind in
      [false, true].map { .product(kind, accumulate: $0) }
    } + [.dense(CK_IDENTITY), .dense(CK_RELU)]

  var kind: ck_product {
    if case .product(let kind, _) = self { kind } else { CK_PLAIN }
  }

  var description: String {
    switch self {
    case .product(let kind, let accumulate): "product \(kind.rawValue)\(accumulate ? " accumulated" : "")"
    case .dense(let activation): "dense \(activation.rawValue)"
    }
  }
}

/// Arguments of a product, with rows further apart than they are long.
private struct Problem<Real: KernelReal> {
  var call: ProductCall
  var m, n, k, lda, ldb, ldc: Int
  var a, b, c, bias: [Real]

  init(_ call: ProductCall, _ m: Int, _ n: Int, _ k: Int) {
    self.call = call
    (self.m, self.n, self.k) = (m, n, k)
    let (rowsA, columnsA) = call.kind == CK_LEFT_TRANSPOSED ? (k, m) : (m, k)
    let (rowsB, columnsB) = call.kind == CK_RIGHT_TRANSPOSED ? (n, k) : (k, n)
    (lda, ldb, ldc) = (columnsA + k % 3, columnsB + m % 2, n + k % 2)
    a = noise(rowsA * lda, seed: 11, of: Real.self)
    b = noise(rowsB * ldb, seed: 12, of: Real.self)
    c = noise(m * ldc, seed: 13, of: Real.self)
    bias = noise(n, seed: 14, of: Real.self)
  }

  func run() -> [Real] {
    var out = c
    switch call {
    case .product(let kind, let accumulate):
      Real.matmul(kind, m, n, k, a, lda, b, ldb, &out, ldc, accumulate)
    case .dense(let activation):
      Real.dense(activation, m, n, k, a, lda, b, ldb, bias, &out, ldc)
    }
    return out
  }

  func reference() -> [Real] {
    var out = c
    for i in 0..<m {
      for j in 0..<n {
        var sum: Real
        switch call {
        case .product(_, let accumulate): sum = accumulate ? c[i * ldc + j] : 0
        case .dense: sum = bias[j]
        }
        for p in 0..<k {
          let left = call.kind == CK_LEFT_TRANSPOSED ? a[p * lda + i] : a[i * lda + p]
          let right = call.kind == CK_RIGHT_TRANSPOSED ? b[j * ldb + p] : b[p * ldb + j]
          sum.addProduct(left, right)
        }
        if case .dense(CK_RELU) = call, sum <= 0 { sum = 0 }
        out[i * ldc + j] = sum
      }
    }
    return out
  }
}

// MARK: - Data

private let allUnaries = [
  CK_EXP, CK_LOG, CK_UNARY_TANH, CK_RECIPROCAL, CK_SQUARE_ROOT, CK_UNARY_RELU, CK_NEGATE, CK_STEP,
]

/// Numbers in [-2, 2) that depend on nothing but the seed.
private func noise<Real: KernelReal>(_ count: Int, seed: UInt64, of type: Real.Type) -> [Real] {
  var state = seed &* 0x9e37_79b9_7f4a_7c15
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Real(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-30
  }
}

/// Numbers where functions are delicate, over and over.
private func special<Real: KernelReal>(_ count: Int, of type: Real.Type) -> [Real] {
  let edges: [Real] = [
    0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .leastNormalMagnitude,
    .greatestFiniteMagnitude, 0.624, 0.626, -0.625, 9.1, -9.1, 88.7, -87.4, -100, 0.70710677, 1.4142135, 2,
  ]
  return (0..<count).map { edges[$0 * 5 % edges.count] }
}

/// One kernel's output, as bits with every NaN the same.
private struct Output {
  var name: String
  var bits: [UInt64]

  init<Real: KernelReal>(_ name: String, _ values: [Real]) {
    self.name = name
    bits = values.map { $0.isNaN ? UInt64.max : $0.bits }
  }
}

// MARK: - Both precisions

/// The kernels of one precision, as functions of arrays.
private protocol KernelReal: BinaryFloatingPoint {
  var bits: UInt64 { get }

  static func matmul(
    _ kind: ck_product, _ m: Int, _ n: Int, _ k: Int, _ a: [Self], _ lda: Int, _ b: [Self], _ ldb: Int,
    _ c: inout [Self], _ ldc: Int, _ accumulate: Bool)
  static func dense(
    _ activation: ck_activation, _ m: Int, _ n: Int, _ k: Int, _ a: [Self], _ lda: Int, _ b: [Self], _ ldb: Int,
    _ bias: [Self], _ c: inout [Self], _ ldc: Int)
  static func transpose(_ m: Int, _ n: Int, _ x: [Self]) -> [Self]
  static func unary(_ function: ck_unary, _ x: [Self]) -> [Self]
  static func binary(
    _ operation: ck_binary, _ layout: ck_layout, _ rows: Int, _ columns: Int, _ a: [Self], _ b: [Self]
  ) -> [Self]
  static func axpy(_ alpha: Self, _ x: [Self], _ y: [Self]) -> [Self]
  static func scale(_ alpha: Self, _ x: [Self]) -> [Self]
  static func multiplyAccumulate(_ a: [Self], _ b: [Self], _ out: [Self], _ accumulate: Bool) -> [Self]
  static func activationBackward(
    _ activation: ck_activation, _ g: [Self], _ y: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self]
  static func tanhCurvature(_ u: [Self], _ g: [Self], _ y: [Self], _ out: [Self], _ accumulate: Bool) -> [Self]
  static func sum(_ x: [Self]) -> Self
  static func dot(_ a: [Self], _ b: [Self]) -> Self
  static func sumRows(_ rows: Int, _ columns: Int, _ x: [Self], _ out: [Self], _ accumulate: Bool) -> [Self]
  static func sumColumns(_ rows: Int, _ columns: Int, _ x: [Self]) -> [Self]
}

extension KernelReal {
  /// An array that `body` writes; what it leaves unwritten stays NaN.
  fileprivate static func output(_ count: Int, _ body: (UnsafeMutablePointer<Self>) -> Void) -> [Self] {
    var out = [Self](repeating: .nan, count: count)
    out.withUnsafeMutableBufferPointer { out in
      if let address = out.baseAddress { body(address) }
    }
    return out
  }
}

extension Float: KernelReal {
  fileprivate var bits: UInt64 { UInt64(bitPattern) }

  fileprivate static func matmul(
    _ kind: ck_product, _ m: Int, _ n: Int, _ k: Int, _ a: [Self], _ lda: Int, _ b: [Self], _ ldb: Int,
    _ c: inout [Self], _ ldc: Int, _ accumulate: Bool
  ) {
    ck_matmul_f(kind, m, n, k, a, lda, b, ldb, &c, ldc, accumulate)
  }

  fileprivate static func dense(
    _ activation: ck_activation, _ m: Int, _ n: Int, _ k: Int, _ a: [Self], _ lda: Int, _ b: [Self], _ ldb: Int,
    _ bias: [Self], _ c: inout [Self], _ ldc: Int
  ) {
    ck_dense_f(activation, m, n, k, a, lda, b, ldb, bias, &c, ldc)
  }

  fileprivate static func transpose(_ m: Int, _ n: Int, _ x: [Self]) -> [Self] {
    output(m * n) { ck_transpose_f(m, n, x, $0) }
  }

  fileprivate static func unary(_ function: ck_unary, _ x: [Self]) -> [Self] {
    output(x.count) { ck_unary_f(function, x.count, x, $0) }
  }

  fileprivate static func binary(
    _ operation: ck_binary, _ layout: ck_layout, _ rows: Int, _ columns: Int, _ a: [Self], _ b: [Self]
  ) -> [Self] {
    output(rows * columns) { ck_binary_f(operation, layout, rows, columns, a, b, $0) }
  }

  fileprivate static func axpy(_ alpha: Self, _ x: [Self], _ y: [Self]) -> [Self] {
    var y = y
    ck_axpy_f(x.count, alpha, x, &y)
    return y
  }

  fileprivate static func scale(_ alpha: Self, _ x: [Self]) -> [Self] {
    output(x.count) { ck_scale_f(x.count, alpha, x, $0) }
  }

  fileprivate static func multiplyAccumulate(
    _ a: [Self], _ b: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_multiply_accumulate_f(a.count, a, b, &out, accumulate)
    return out
  }

  fileprivate static func activationBackward(
    _ activation: ck_activation, _ g: [Self], _ y: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_activation_backward_f(activation, g.count, g, y, &out, accumulate)
    return out
  }

  fileprivate static func tanhCurvature(
    _ u: [Self], _ g: [Self], _ y: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_tanh_curvature_f(u.count, u, g, y, &out, accumulate)
    return out
  }

  fileprivate static func sum(_ x: [Self]) -> Self { ck_sum_f(x.count, x) }

  fileprivate static func dot(_ a: [Self], _ b: [Self]) -> Self { ck_dot_f(a.count, a, b) }

  fileprivate static func sumRows(
    _ rows: Int, _ columns: Int, _ x: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_sum_rows_f(rows, columns, x, &out, accumulate)
    return out
  }

  fileprivate static func sumColumns(_ rows: Int, _ columns: Int, _ x: [Self]) -> [Self] {
    output(rows) { ck_sum_columns_f(rows, columns, x, $0) }
  }
}

extension Double: KernelReal {
  fileprivate var bits: UInt64 { UInt64(bitPattern) }

  fileprivate static func matmul(
    _ kind: ck_product, _ m: Int, _ n: Int, _ k: Int, _ a: [Self], _ lda: Int, _ b: [Self], _ ldb: Int,
    _ c: inout [Self], _ ldc: Int, _ accumulate: Bool
  ) {
    ck_matmul_d(kind, m, n, k, a, lda, b, ldb, &c, ldc, accumulate)
  }

  fileprivate static func dense(
    _ activation: ck_activation, _ m: Int, _ n: Int, _ k: Int, _ a: [Self], _ lda: Int, _ b: [Self], _ ldb: Int,
    _ bias: [Self], _ c: inout [Self], _ ldc: Int
  ) {
    ck_dense_d(activation, m, n, k, a, lda, b, ldb, bias, &c, ldc)
  }

  fileprivate static func transpose(_ m: Int, _ n: Int, _ x: [Self]) -> [Self] {
    output(m * n) { ck_transpose_d(m, n, x, $0) }
  }

  fileprivate static func unary(_ function: ck_unary, _ x: [Self]) -> [Self] {
    output(x.count) { ck_unary_d(function, x.count, x, $0) }
  }

  fileprivate static func binary(
    _ operation: ck_binary, _ layout: ck_layout, _ rows: Int, _ columns: Int, _ a: [Self], _ b: [Self]
  ) -> [Self] {
    output(rows * columns) { ck_binary_d(operation, layout, rows, columns, a, b, $0) }
  }

  fileprivate static func axpy(_ alpha: Self, _ x: [Self], _ y: [Self]) -> [Self] {
    var y = y
    ck_axpy_d(x.count, alpha, x, &y)
    return y
  }

  fileprivate static func scale(_ alpha: Self, _ x: [Self]) -> [Self] {
    output(x.count) { ck_scale_d(x.count, alpha, x, $0) }
  }

  fileprivate static func multiplyAccumulate(
    _ a: [Self], _ b: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_multiply_accumulate_d(a.count, a, b, &out, accumulate)
    return out
  }

  fileprivate static func activationBackward(
    _ activation: ck_activation, _ g: [Self], _ y: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_activation_backward_d(activation, g.count, g, y, &out, accumulate)
    return out
  }

  fileprivate static func tanhCurvature(
    _ u: [Self], _ g: [Self], _ y: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_tanh_curvature_d(u.count, u, g, y, &out, accumulate)
    return out
  }

  fileprivate static func sum(_ x: [Self]) -> Self { ck_sum_d(x.count, x) }

  fileprivate static func dot(_ a: [Self], _ b: [Self]) -> Self { ck_dot_d(a.count, a, b) }

  fileprivate static func sumRows(
    _ rows: Int, _ columns: Int, _ x: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_sum_rows_d(rows, columns, x, &out, accumulate)
    return out
  }

  fileprivate static func sumColumns(_ rows: Int, _ columns: Int, _ x: [Self]) -> [Self] {
    output(rows) { ck_sum_columns_d(rows, columns, x, $0) }
  }
}
