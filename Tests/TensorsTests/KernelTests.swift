import CKernels
import Testing

/// The kernels against plain loops, and every instruction set against every other.
///
/// Forcing an instruction set acts on the whole process. Since all give the same bits, suites that run at the
/// same time do not notice; within this suite it must not happen twice at once.
@Suite(.serialized) struct KernelTests {
  static let paths = [CK_PORTABLE, CK_NEON, CK_AVX2, CK_AVX512].filter { ck_path_available($0) }

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
        (37, 128, 256), (250, 17, 5), (26, 37, 400), (170, 70, 330), (100, 33, 64),
      ]
    return shapes.flatMap { m, n, k in
      ProductCall.all.map { call in
        Output("\(Real.self) \(call) \(m)x\(n)x\(k)", Problem<Real>(call, m, n, k).run())
      }
    }
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
          add("backward \(activation.rawValue)", Real.activationBackward(activation, x, y, z, accumulate))
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
      func add(_ name: String, _ values: [Real]) { outputs.append(Output("\(Real.self) \(name)", values)) }
      for operation in [CK_ADD, CK_SUBTRACT, CK_MULTIPLY] {
        for layout in [CK_SAME, CK_ROW, CK_COLUMN, CK_ONE] {
          let out = Real.binary(operation, layout, rows, columns, x, y)
          add("binary \(operation.rawValue) \(layout.rawValue)", out)
        }
      }
      let start = noise(columns, seed: 6, of: Real.self)
      for accumulate in [false, true] { add("sum rows", Real.sumRows(rows, columns, x, start, accumulate)) }
      add("sum columns", Real.sumColumns(rows, columns, x))
      add("transpose", Real.transpose(rows, columns, x))
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

  @Test(arguments: paths) func productsEqualATripleLoopWithFusedMultiplyAdd(path: ck_path) throws {
    try forcing(path) {
      for (m, n, k) in [
        (1, 1, 1), (1, 100, 100), (6, 16, 30), (20, 100, 100), (23, 29, 31), (97, 2, 33), (64, 3, 260), (40, 64, 2),
        (50, 37, 0), (17, 128, 128), (0, 4, 4), (4, 0, 4), (170, 70, 330), (100, 33, 64), (200, 48, 100),
      ] {
        func check<Real: KernelReal>(_ problem: Problem<Real>) {
          #expect(problem.run() == problem.reference(), "\(Real.self) \(problem.call) \(m)x\(n)x\(k)")
        }
        for call in ProductCall.all {
          check(Problem<Float>(call, m, n, k))
          check(Problem<Double>(call, m, n, k))
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

  @Test func aPathTheProcessorLacksIsRefused() {
    let before = ck_current_path()
    for path in [CK_PORTABLE, CK_NEON, CK_AVX2, CK_AVX512] where !ck_path_available(path) {
      #expect(!ck_force_path(path))
      #expect(ck_current_path() == before)
    }
  }

  func forcing<Result>(_ path: ck_path, _ body: () throws -> Result) throws -> Result {
    let before = ck_current_path()
    try #require(ck_force_path(path))
    defer { _ = ck_force_path(before) }
    return try body()
  }
}
