// Times the kernels on one core, hot in its cache: matrix products of the three kinds and dense layers against the
// measured peak of the core, elementwise functions, reductions and random numbers by numbers and bytes a second.
//
// Each kernel is timed in turn with the peak, by the processor time of its thread; the pairs are repeated and medians
// are printed, so that a busy machine changes the shares little. Results are compared with sums in double precision before anything is timed.
//
// kernels [pairs]
//
// METARLZOO_KERNELS=portable|avx2|avx512|neon chooses the kernel path.

import CKernels
import Foundation
import Measuring

let pairs = CommandLine.arguments.count > 1 ? max(1, Int(CommandLine.arguments[1]) ?? 15) : 15

/// Numbers between -1 and 1 without a pattern that a sum could hide.
func numbers(_ count: Int, seed: UInt64) -> [Float] {
  var out = [Float](repeating: 0, count: count)
  ck_uniforms_f(1, count, [seed], [0], &out)
  return out.map { 2 * $0 - 1 }
}

/// The median time of one call, and the median of its share of the peak for `operations` a call.
func time(operations: Double, _ call: () -> Void) -> (seconds: Double, share: Double) {
  let once = max(processorSeconds(call), 1e-8)
  let repeats = max(1, Int(2e-3 / once))
  var times: [Double] = []
  var shares: [Double] = []
  for _ in 0..<pairs {
    let peak = measuredPeak()
    let took = processorSeconds { for _ in 0..<repeats { call() } } / Double(repeats)
    times.append(took)
    shares.append(operations / took / peak)
  }
  return (median(times), median(shares))
}

func isClose(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool { abs(a - b) <= tolerance * max(1, abs(b)) }

// MARK: Products

struct Product {
  let kind: ck_product
  let m, n, k: Int

  var name: String {
    let kindName = kind == CK_PLAIN ? "A B" : kind == CK_LEFT_TRANSPOSED ? "Aᵀ B" : "A Bᵀ"
    return "\(kindName)  \(m) x \(n) x \(k)"
  }

  /// The reference for one output.
  func exact(_ i: Int, _ j: Int, _ a: [Float], _ b: [Float]) -> Double {
    (0..<k).reduce(0) { sum, p in
      let left = kind == CK_LEFT_TRANSPOSED ? a[p * m + i] : a[i * k + p]
      let right = kind == CK_RIGHT_TRANSPOSED ? b[j * k + p] : b[p * n + j]
      return sum + Double(left) * Double(right)
    }
  }
}

func timeProduct(_ product: Product, isDense: Bool) {
  let (m, n, k) = (product.m, product.n, product.k)
  let (a, b, bias) = (numbers(m * k, seed: 1), numbers(k * n, seed: 2), numbers(n, seed: 3))
  var c = [Float](repeating: 0, count: m * n)
  let lda = product.kind == CK_LEFT_TRANSPOSED ? m : k
  let ldb = product.kind == CK_RIGHT_TRANSPOSED ? k : n
  func call() {
    if isDense {
      ck_dense_f(CK_TANH, m, n, k, a, lda, b, ldb, bias, &c, n)
    } else {
      ck_matmul_f(product.kind, m, n, k, a, lda, b, ldb, &c, n, false)
    }
  }
  call()
  for sample in 0..<200 {
    let (i, j) = (sample * 7919 % m, sample * 104_729 % n)
    let sum = product.exact(i, j, a, b)
    let exact = isDense ? tanh(sum + Double(bias[j])) : sum
    require(isClose(Double(c[i * n + j]), exact, 1e-4), "\(product.name) at \(i), \(j)")
  }
  let operations = 2.0 * Double(m * n * k)
  let (took, share) = time(operations: operations, call)
  printRow(
    [
      (isDense ? "tanh(" : "") + product.name + (isDense ? " + b)" : ""), text(took * 1e6),
      text(operations / took * 1e-9), text(100 * share, digits: 0) + " %",
    ], widths: [30, 10, 10, 10])
}

let path = String(cString: ck_path_name(ck_current_path()))
print(
  "kernel path \(path), peak of one core \(text(median((0..<15).map { _ in measuredPeak() }) * 1e-9)) GFLOP/s\n")
printRow(["product, m x n x k", "µs", "GFLOP/s", "of peak"], widths: [30, 10, 10, 10])
let shapes: [(ck_product, [(Int, Int, Int)])] = [
  (
    CK_PLAIN,
    [
      (2000, 100, 100), (500, 100, 100), (20, 100, 100), (1, 100, 100), (2000, 6, 100), (2000, 100, 2),
      (40, 64, 64),
      (4000, 64, 64), (4096, 300, 300), (20, 384, 128), (500, 768, 256),
    ]
  ),
  (CK_RIGHT_TRANSPOSED, [(2000, 100, 100), (500, 100, 100), (20, 100, 100), (2000, 100, 6), (20, 128, 384)]),
  (
    CK_LEFT_TRANSPOSED,
    [
      (100, 100, 2000), (100, 100, 500), (20, 100, 2000), (100, 2, 2000), (64, 64, 4000), (300, 300, 4096),
      (128, 384, 20),
    ]
  ),
]
for (kind, sizes) in shapes {
  for (m, n, k) in sizes { timeProduct(Product(kind: kind, m: m, n: n, k: k), isDense: false) }
}
for (m, n, k) in [(2000, 100, 2), (2000, 100, 100), (20, 100, 100), (4000, 64, 64)] {
  timeProduct(Product(kind: CK_PLAIN, m: m, n: n, k: k), isDense: true)
}

// MARK: Everything else

print("")
printRow(["50,000 numbers", "µs", "M/s", "GB/s"], widths: [30, 10, 10, 10])
let count = 50_000
let (x, y, u) = (numbers(count, seed: 4), numbers(count, seed: 5), numbers(count, seed: 6))
let positive = x.map { abs($0) + 0.01 }
var out = [Float](repeating: 0, count: count)

/// Times a kernel that fills `out`, or a number, and touches so many arrays.
@MainActor func timeStream(_ name: String, arrays: Double, _ exact: ((Int) -> Double)?, _ call: () -> Void) {
  out = [Float](repeating: 0, count: count)
  call()
  if let exact {
    for i in stride(from: 0, to: count, by: 97) {
      require(isClose(Double(out[i]), exact(i), 1e-5), "\(name) at \(i)")
    }
  }
  let took = time(operations: 0, call).seconds
  printRow(
    [
      name, text(took * 1e6), text(Double(count) / took * 1e-6, digits: 0),
      text(4 * arrays * Double(count) / took * 1e-9),
    ],
    widths: [30, 10, 10, 10])
}

timeStream("tanh", arrays: 2, { tanh(Double(x[$0])) }) { ck_unary_f(CK_UNARY_TANH, count, x, &out) }
timeStream("exp", arrays: 2, { exp(Double(x[$0])) }) { ck_unary_f(CK_EXP, count, x, &out) }
timeStream("log", arrays: 2, { log(Double(positive[$0])) }) { ck_unary_f(CK_LOG, count, positive, &out) }
timeStream("sum of two", arrays: 3, { Double(x[$0]) + Double(y[$0]) }) {
  ck_binary_f(CK_ADD, CK_SAME, 1, count, x, y, &out)
}
timeStream("tanh, backward", arrays: 3, { Double(x[$0]) * (1 - Double(y[$0]) * Double(y[$0])) }) {
  ck_activation_backward_f(CK_TANH, count, x, y, &out, false)
}
timeStream("tanh, curvature", arrays: 4, { -2 * Double(x[$0]) * Double(y[$0]) * Double(u[$0]) }) {
  ck_tanh_curvature_f(count, x, y, u, &out, false)
}
var number: Float = 0
timeStream("sum of all", arrays: 1, nil) { number = ck_sum_f(count, x) }
require(isClose(Double(number), x.reduce(0) { $0 + Double($1) }, 1e-3), "sum of all")
timeStream("inner product", arrays: 2, nil) { number = ck_dot_f(count, x, y) }
require(isClose(Double(number), zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }, 1e-3), "inner product")
timeStream("sum of 500 rows", arrays: 1, nil) { ck_sum_rows_f(500, 100, x, &out, false) }
require(
  isClose(Double(out[7]), stride(from: 7, to: count, by: 100).reduce(0) { $0 + Double(x[$1]) }, 1e-4), "sum of rows"
)
timeStream("normal numbers", arrays: 1, nil) { ck_normals_f(1, count, [9], [0], &out) }
let mean = out.reduce(0) { $0 + Double($1) } / Double(count)
let variance = out.reduce(0) { $0 + Double($1) * Double($1) } / Double(count)
require(abs(mean) < 0.03 && abs(variance - 1) < 0.05, "normal numbers of mean \(mean) and variance \(variance)")
timeStream("uniform numbers", arrays: 1, nil) { ck_uniforms_f(1, count, [9], [0], &out) }
require(abs(out.reduce(0) { $0 + Double($1) } / Double(count) - 0.5) < 0.01, "uniform numbers")
