import CKernels

/// The kernels of one precision, as functions of arrays.
protocol KernelReal: BinaryFloatingPoint {
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
  static func output(_ count: Int, _ body: (UnsafeMutablePointer<Self>) -> Void) -> [Self] {
    var out = [Self](repeating: .nan, count: count)
    out.withUnsafeMutableBufferPointer { out in
      if let address = out.baseAddress { body(address) }
    }
    return out
  }
}

extension Float: KernelReal {
  var bits: UInt64 { UInt64(bitPattern) }

  static func matmul(
    _ kind: ck_product, _ m: Int, _ n: Int, _ k: Int, _ a: [Self], _ lda: Int, _ b: [Self], _ ldb: Int,
    _ c: inout [Self], _ ldc: Int, _ accumulate: Bool
  ) {
    ck_matmul_f(kind, m, n, k, a, lda, b, ldb, &c, ldc, accumulate)
  }

  static func dense(
    _ activation: ck_activation, _ m: Int, _ n: Int, _ k: Int, _ a: [Self], _ lda: Int, _ b: [Self], _ ldb: Int,
    _ bias: [Self], _ c: inout [Self], _ ldc: Int
  ) {
    ck_dense_f(activation, m, n, k, a, lda, b, ldb, bias, &c, ldc)
  }

  static func transpose(_ m: Int, _ n: Int, _ x: [Self]) -> [Self] {
    output(m * n) { ck_transpose_f(m, n, x, $0) }
  }

  static func unary(_ function: ck_unary, _ x: [Self]) -> [Self] {
    output(x.count) { ck_unary_f(function, x.count, x, $0) }
  }

  static func binary(
    _ operation: ck_binary, _ layout: ck_layout, _ rows: Int, _ columns: Int, _ a: [Self], _ b: [Self]
  ) -> [Self] {
    output(rows * columns) { ck_binary_f(operation, layout, rows, columns, a, b, $0) }
  }

  static func axpy(_ alpha: Self, _ x: [Self], _ y: [Self]) -> [Self] {
    var y = y
    ck_axpy_f(x.count, alpha, x, &y)
    return y
  }

  static func scale(_ alpha: Self, _ x: [Self]) -> [Self] {
    output(x.count) { ck_scale_f(x.count, alpha, x, $0) }
  }

  static func multiplyAccumulate(
    _ a: [Self], _ b: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_multiply_accumulate_f(a.count, a, b, &out, accumulate)
    return out
  }

  static func activationBackward(
    _ activation: ck_activation, _ g: [Self], _ y: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_activation_backward_f(activation, g.count, g, y, &out, accumulate)
    return out
  }

  static func tanhCurvature(
    _ u: [Self], _ g: [Self], _ y: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_tanh_curvature_f(u.count, u, g, y, &out, accumulate)
    return out
  }

  static func sum(_ x: [Self]) -> Self { ck_sum_f(x.count, x) }

  static func dot(_ a: [Self], _ b: [Self]) -> Self { ck_dot_f(a.count, a, b) }

  static func sumRows(
    _ rows: Int, _ columns: Int, _ x: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_sum_rows_f(rows, columns, x, &out, accumulate)
    return out
  }

  static func sumColumns(_ rows: Int, _ columns: Int, _ x: [Self]) -> [Self] {
    output(rows) { ck_sum_columns_f(rows, columns, x, $0) }
  }
}

extension Double: KernelReal {
  var bits: UInt64 { UInt64(bitPattern) }

  static func matmul(
    _ kind: ck_product, _ m: Int, _ n: Int, _ k: Int, _ a: [Self], _ lda: Int, _ b: [Self], _ ldb: Int,
    _ c: inout [Self], _ ldc: Int, _ accumulate: Bool
  ) {
    ck_matmul_d(kind, m, n, k, a, lda, b, ldb, &c, ldc, accumulate)
  }

  static func dense(
    _ activation: ck_activation, _ m: Int, _ n: Int, _ k: Int, _ a: [Self], _ lda: Int, _ b: [Self], _ ldb: Int,
    _ bias: [Self], _ c: inout [Self], _ ldc: Int
  ) {
    ck_dense_d(activation, m, n, k, a, lda, b, ldb, bias, &c, ldc)
  }

  static func transpose(_ m: Int, _ n: Int, _ x: [Self]) -> [Self] {
    output(m * n) { ck_transpose_d(m, n, x, $0) }
  }

  static func unary(_ function: ck_unary, _ x: [Self]) -> [Self] {
    output(x.count) { ck_unary_d(function, x.count, x, $0) }
  }

  static func binary(
    _ operation: ck_binary, _ layout: ck_layout, _ rows: Int, _ columns: Int, _ a: [Self], _ b: [Self]
  ) -> [Self] {
    output(rows * columns) { ck_binary_d(operation, layout, rows, columns, a, b, $0) }
  }

  static func axpy(_ alpha: Self, _ x: [Self], _ y: [Self]) -> [Self] {
    var y = y
    ck_axpy_d(x.count, alpha, x, &y)
    return y
  }

  static func scale(_ alpha: Self, _ x: [Self]) -> [Self] {
    output(x.count) { ck_scale_d(x.count, alpha, x, $0) }
  }

  static func multiplyAccumulate(
    _ a: [Self], _ b: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_multiply_accumulate_d(a.count, a, b, &out, accumulate)
    return out
  }

  static func activationBackward(
    _ activation: ck_activation, _ g: [Self], _ y: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_activation_backward_d(activation, g.count, g, y, &out, accumulate)
    return out
  }

  static func tanhCurvature(
    _ u: [Self], _ g: [Self], _ y: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_tanh_curvature_d(u.count, u, g, y, &out, accumulate)
    return out
  }

  static func sum(_ x: [Self]) -> Self { ck_sum_d(x.count, x) }

  static func dot(_ a: [Self], _ b: [Self]) -> Self { ck_dot_d(a.count, a, b) }

  static func sumRows(
    _ rows: Int, _ columns: Int, _ x: [Self], _ out: [Self], _ accumulate: Bool
  ) -> [Self] {
    var out = out
    ck_sum_rows_d(rows, columns, x, &out, accumulate)
    return out
  }

  static func sumColumns(_ rows: Int, _ columns: Int, _ x: [Self]) -> [Self] {
    output(rows) { ck_sum_columns_d(rows, columns, x, $0) }
  }
}
