import CKernels

/// One way to call a product.
enum ProductCall: CustomStringConvertible {
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
struct Problem<Real: KernelReal> {
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
      Real.kernels.matmul(kind, m, n, k, a, lda, b, ldb, &out, ldc, accumulate)
    case .dense(let activation): Real.kernels.dense(activation, m, n, k, a, lda, b, ldb, bias, &out, ldc)
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

let allUnaries = [
  CK_EXP, CK_LOG, CK_UNARY_TANH, CK_RECIPROCAL, CK_SQUARE_ROOT, CK_UNARY_RELU, CK_NEGATE, CK_STEP,
]

/// Numbers in [-2, 2) that depend on nothing but the seed.
func noise<Real: KernelReal>(_ count: Int, seed: UInt64, of type: Real.Type) -> [Real] {
  var state = seed &* 0x9e37_79b9_7f4a_7c15
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Real(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-30
  }
}

/// Numbers where functions are delicate, over and over.
func special<Real: KernelReal>(_ count: Int, of type: Real.Type) -> [Real] {
  let edges: [Real] = [
    0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .leastNormalMagnitude,
    .greatestFiniteMagnitude, 0.624, 0.626, -0.625, 9.1, -9.1, 88.7, -87.4, -100, 0.70710677, 1.4142135, 2,
  ]
  return (0..<count).map { edges[$0 * 5 % edges.count] }
}

/// One kernel's output, as bits with every NaN the same.
struct Output {
  var name: String
  var bits: [UInt64]

  init<Real: KernelReal>(_ name: String, _ values: [Real]) {
    self.name = name
    bits = values.map { $0.isNaN ? UInt64.max : $0.bits }
  }
}
