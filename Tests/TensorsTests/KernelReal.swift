import CKernels

protocol KernelReal: BinaryFloatingPoint {
  static var kernels: Kernels<Self> { get }
  var bits: UInt64 { get }
}

/// The C functions of one precision.
struct Kernels<Real> {
  typealias Input = UnsafePointer<Real>?
  typealias Output = UnsafeMutablePointer<Real>?

  var matmul: (ck_product, Int, Int, Int, Input, Int, Input, Int, Output, Int, Bool) -> Void
  var dense: (ck_activation, Int, Int, Int, Input, Int, Input, Int, Input, Output, Int) -> Void
  var transpose: (Int, Int, Input, Output) -> Void
  var unary: (ck_unary, Int, Input, Output) -> Void
  var binary: (ck_binary, ck_layout, Int, Int, Input, Input, Output) -> Void
  var axpy: (Int, Real, Input, Output) -> Void
  var scale: (Int, Real, Input, Output) -> Void
  var multiplyAccumulate: (Int, Input, Input, Output, Bool) -> Void
  var activationBackward: (ck_activation, Int, Input, Input, Output, Bool) -> Void
  var tanhCurvature: (Int, Input, Input, Input, Output, Bool) -> Void
  var sum: (Int, Input) -> Real
  var dot: (Int, Input, Input) -> Real
  var sumRows: (Int, Int, Input, Output, Bool) -> Void
  var sumColumns: (Int, Int, Input, Output) -> Void
}

extension Float: KernelReal {
  var bits: UInt64 { UInt64(bitPattern) }

  static var kernels: Kernels<Float> {
    Kernels(
      matmul: ck_matmul_f, dense: ck_dense_f, transpose: ck_transpose_f, unary: ck_unary_f, binary: ck_binary_f,
      axpy: ck_axpy_f, scale: ck_scale_f, multiplyAccumulate: ck_multiply_accumulate_f,
      activationBackward: ck_activation_backward_f, tanhCurvature: ck_tanh_curvature_f, sum: ck_sum_f,
      dot: ck_dot_f, sumRows: ck_sum_rows_f, sumColumns: ck_sum_columns_f)
  }
}

extension Double: KernelReal {
  var bits: UInt64 { bitPattern }

  static var kernels: Kernels<Double> {
    Kernels(
      matmul: ck_matmul_d, dense: ck_dense_d, transpose: ck_transpose_d, unary: ck_unary_d, binary: ck_binary_d,
      axpy: ck_axpy_d, scale: ck_scale_d, multiplyAccumulate: ck_multiply_accumulate_d,
      activationBackward: ck_activation_backward_d, tanhCurvature: ck_tanh_curvature_d, sum: ck_sum_d,
      dot: ck_dot_d, sumRows: ck_sum_rows_d, sumColumns: ck_sum_columns_d)
  }
}

/// The kernels as functions of arrays; what they leave unwritten stays NaN.
extension KernelReal {
  private static func output(_ count: Int, _ body: (UnsafeMutablePointer<Self>?) -> Void) -> [Self] {
    updated([Self](repeating: .nan, count: count), body)
  }

  private static func updated(_ out: [Self], _ body: (UnsafeMutablePointer<Self>?) -> Void) -> [Self] {
    var out = out
    out.withUnsafeMutableBufferPointer { body($0.baseAddress) }
    return out
  }

  static func transpose(_ m: Int, _ n: Int, _ x: [Self]) -> [Self] {
    output(m * n) { kernels.transpose(m, n, x, $0) }
  }

  static func unary(_ function: ck_unary, _ x: [Self]) -> [Self] {
    output(x.count) { kernels.unary(function, x.count, x, $0) }
  }

  static func binary(
    _ operation: ck_binary, _ layout: ck_layout, _ rows: Int, _ columns: Int, _ a: [Self], _ b: [Self]
  ) -> [Self] {
    output(rows * columns) { kernels.binary(operation, layout, rows, columns, a, b, $0) }
  }

  static func axpy(_ alpha: Self, _ x: [Self], _ y: [Self]) -> [Self] {
    updated(y) { kernels.axpy(x.count, alpha, x, $0) }
  }

  static func scale(_ alpha: Self, _ x: [Self]) -> [Self] {
    output(x.count) { kernels.scale(x.count, alpha, x, $0) }
  }

  static func multiplyAccumulate(_ a: [Self], _ b: [Self], _ out: [Self], _ accumulate: Bool) -> [Self] {
    updated(out) { kernels.multiplyAccumulate(a.count, a, b, $0, accumulate) }
  }

  static func activationBackward(
    _ activation: ck_activation, _ g: [Self], _ y: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    updated(out) { kernels.activationBackward(activation, g.count, g, y, $0, accumulate) }
  }

  static func tanhCurvature(_ u: [Self], _ g: [Self], _ y: [Self], _ out: [Self], _ accumulate: Bool) -> [Self] {
    updated(out) { kernels.tanhCurvature(u.count, u, g, y, $0, accumulate) }
  }

  static func sum(_ x: [Self]) -> Self { kernels.sum(x.count, x) }

  static func dot(_ a: [Self], _ b: [Self]) -> Self { kernels.dot(a.count, a, b) }

  static func sumRows(_ rows: Int, _ columns: Int, _ x: [Self], _ out: [Self], _ accumulate: Bool) -> [Self] {
    updated(out) { kernels.sumRows(rows, columns, x, $0, accumulate) }
  }

  static func sumColumns(_ rows: Int, _ columns: Int, _ x: [Self]) -> [Self] {
    output(rows) { kernels.sumColumns(rows, columns, x, $0) }
  }
}
