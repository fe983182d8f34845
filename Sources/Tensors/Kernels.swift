import CKernels

/// The kernels of one precision, under names without a suffix.
protocol KernelScalar: BinaryFloatingPoint, Sendable {
  static func memory(of storage: Storage) -> UnsafeMutablePointer<Self>
  static func matmul(
    _ kind: ck_product, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Self>, _ lda: Int,
    _ b: UnsafePointer<Self>, _ ldb: Int, _ c: UnsafeMutablePointer<Self>, _ ldc: Int, accumulate: Bool)
  static func dense(
    _ activation: ck_activation, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Self>,
    _ b: UnsafePointer<Self>, _ bias: UnsafePointer<Self>, _ c: UnsafeMutablePointer<Self>)
  static func pack(
    turned: Bool, _ n: Int, _ k: Int, _ b: UnsafePointer<Self>, _ ldb: Int, _ packed: UnsafeMutablePointer<Self>)
  static func matmulPacked(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Self>, _ packed: UnsafePointer<Self>,
    _ c: UnsafeMutablePointer<Self>, accumulate: Bool)
  static func transpose(_ m: Int, _ n: Int, _ input: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>)
  static func unary(
    _ function: ck_unary, _ count: Int, _ input: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>)
  static func binary(
    _ operation: ck_binary, _ layout: ck_layout, _ rows: Int, _ columns: Int, _ a: UnsafePointer<Self>,
    _ b: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>)
  static func axpy(_ count: Int, _ alpha: Self, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>)
  static func scale(_ count: Int, _ alpha: Self, _ x: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>)
  static func blend(
    _ count: Int, _ alpha: Self, _ x: UnsafePointer<Self>, _ beta: Self, _ y: UnsafePointer<Self>,
    _ out: UnsafeMutablePointer<Self>)
  static func addAll(_ count: Int, _ terms: [UnsafePointer<Self>?], _ out: UnsafeMutablePointer<Self>)
  static func adam(
    _ count: Int, _ step: ck_adam_step, _ gradient: UnsafePointer<Self>, _ first: UnsafePointer<Self>,
    _ second: UnsafePointer<Self>, _ values: UnsafePointer<Self>, _ newFirst: UnsafeMutablePointer<Self>,
    _ newSecond: UnsafeMutablePointer<Self>, _ newValues: UnsafeMutablePointer<Self>)
  static func multiplyAccumulate(
    _ count: Int, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>,
    accumulate: Bool)
  static func activationBackward(
    _ activation: ck_activation, _ count: Int, _ g: UnsafePointer<Self>, _ y: UnsafePointer<Self>,
    _ out: UnsafeMutablePointer<Self>, accumulate: Bool)
  static func tanhCurvature(
    _ count: Int, _ u: UnsafePointer<Self>, _ g: UnsafePointer<Self>, _ y: UnsafePointer<Self>,
    _ out: UnsafeMutablePointer<Self>, accumulate: Bool)
  static func sum(_ count: Int, _ input: UnsafePointer<Self>) -> Self
  static func dot(_ count: Int, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>) -> Self
  static func sumRows(
    _ rows: Int, _ columns: Int, _ input: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>,
    accumulate: Bool)
  static func sumColumns(
    _ rows: Int, _ columns: Int, _ input: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>)
  static func gruStep(
    _ rows: Int, _ hidden: Int, _ x: UnsafePointer<Self>, _ s: UnsafePointer<Self>, _ bias: UnsafePointer<Self>,
    _ h: UnsafePointer<Self>, _ next: UnsafeMutablePointer<Self>, _ kept: UnsafeMutablePointer<Self>?)
  static func gruStepBackward(
    _ rows: Int, _ hidden: Int, _ kept: UnsafePointer<Self>, _ h: UnsafePointer<Self>,
    _ g: UnsafeMutablePointer<Self>, _ ds: UnsafeMutablePointer<Self>, _ dCandidate: UnsafeMutablePointer<Self>)
  static func lstmStep(
    _ rows: Int, _ hidden: Int, _ x: UnsafePointer<Self>, _ s: UnsafePointer<Self>, _ cell: UnsafePointer<Self>,
    _ next: UnsafeMutablePointer<Self>, _ nextCell: UnsafeMutablePointer<Self>, _ kept: UnsafeMutablePointer<Self>?)
  static func lstmStepBackward(
    _ rows: Int, _ hidden: Int, _ kept: UnsafePointer<Self>, _ cell: UnsafePointer<Self>, _ g: UnsafePointer<Self>,
    _ gCell: UnsafeMutablePointer<Self>, _ ds: UnsafeMutablePointer<Self>)
}

extension Float: KernelScalar {
  static func memory(of storage: Storage) -> UnsafeMutablePointer<Float> { storage.float }
  static func matmul(
    _ kind: ck_product, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ lda: Int,
    _ b: UnsafePointer<Float>, _ ldb: Int, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, accumulate: Bool
  ) { ck_matmul_f(kind, m, n, k, a, lda, b, ldb, c, ldc, accumulate) }
  static func dense(
    _ activation: ck_activation, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>,
    _ b: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>
  ) { ck_dense_f(activation, m, n, k, a, k, b, n, bias, c, n) }
  static func pack(
    turned: Bool, _ n: Int, _ k: Int, _ b: UnsafePointer<Float>, _ ldb: Int, _ packed: UnsafeMutablePointer<Float>
  ) { ck_pack_f(turned, n, k, b, ldb, packed) }
  static func matmulPacked(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ packed: UnsafePointer<Float>,
    _ c: UnsafeMutablePointer<Float>, accumulate: Bool
  ) { ck_matmul_packed_f(m, n, k, a, k, packed, c, n, accumulate) }
  static func blend(
    _ count: Int, _ alpha: Float, _ x: UnsafePointer<Float>, _ beta: Float, _ y: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>
  ) { ck_blend_f(count, alpha, x, beta, y, out) }
  static func addAll(_ count: Int, _ terms: [UnsafePointer<Float>?], _ out: UnsafeMutablePointer<Float>) {
    ck_add_all_f(count, terms.count, terms, out)
  }
  static func adam(
    _ count: Int, _ step: ck_adam_step, _ gradient: UnsafePointer<Float>, _ first: UnsafePointer<Float>,
    _ second: UnsafePointer<Float>, _ values: UnsafePointer<Float>, _ newFirst: UnsafeMutablePointer<Float>,
    _ newSecond: UnsafeMutablePointer<Float>, _ newValues: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: step) { step in
      ck_adam_f(count, step, gradient, first, second, values, newFirst, newSecond, newValues)
    }
  }
  static func transpose(_ m: Int, _ n: Int, _ input: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>) {
    ck_transpose_f(m, n, input, out)
  }
  static func unary(
    _ function: ck_unary, _ count: Int, _ input: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
  ) { ck_unary_f(function, count, input, out) }
  static func binary(
    _ operation: ck_binary, _ layout: ck_layout, _ rows: Int, _ columns: Int, _ a: UnsafePointer<Float>,
    _ b: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
  ) { ck_binary_f(operation, layout, rows, columns, a, b, out) }
  static func axpy(_ count: Int, _ alpha: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    ck_axpy_f(count, alpha, x, y)
  }
  static func scale(_ count: Int, _ alpha: Float, _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>) {
    ck_scale_f(count, alpha, x, out)
  }
  static func multiplyAccumulate(
    _ count: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
    accumulate: Bool
  ) { ck_multiply_accumulate_f(count, a, b, out, accumulate) }
  static func activationBackward(
    _ activation: ck_activation, _ count: Int, _ g: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>, accumulate: Bool
  ) { ck_activation_backward_f(activation, count, g, y, out, accumulate) }
  static func tanhCurvature(
    _ count: Int, _ u: UnsafePointer<Float>, _ g: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>, accumulate: Bool
  ) { ck_tanh_curvature_f(count, u, g, y, out, accumulate) }
  static func sum(_ count: Int, _ input: UnsafePointer<Float>) -> Float { ck_sum_f(count, input) }
  static func dot(_ count: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Float {
    ck_dot_f(count, a, b)
  }
  static func sumRows(
    _ rows: Int, _ columns: Int, _ input: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
    accumulate: Bool
  ) { ck_sum_rows_f(rows, columns, input, out, accumulate) }
  static func sumColumns(
    _ rows: Int, _ columns: Int, _ input: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
  ) { ck_sum_columns_f(rows, columns, input, out) }
  static func gruStep(
    _ rows: Int, _ hidden: Int, _ x: UnsafePointer<Float>, _ s: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
    _ h: UnsafePointer<Float>, _ next: UnsafeMutablePointer<Float>, _ kept: UnsafeMutablePointer<Float>?
  ) { ck_gru_step_f(rows, hidden, x, s, bias, h, next, kept) }
  static func gruStepBackward(
    _ rows: Int, _ hidden: Int, _ kept: UnsafePointer<Float>, _ h: UnsafePointer<Float>,
    _ g: UnsafeMutablePointer<Float>, _ ds: UnsafeMutablePointer<Float>, _ dCandidate: UnsafeMutablePointer<Float>
  ) { ck_gru_step_backward_f(rows, hidden, kept, h, g, ds, dCandidate) }
  static func lstmStep(
    _ rows: Int, _ hidden: Int, _ x: UnsafePointer<Float>, _ s: UnsafePointer<Float>, _ cell: UnsafePointer<Float>,
    _ next: UnsafeMutablePointer<Float>, _ nextCell: UnsafeMutablePointer<Float>,
    _ kept: UnsafeMutablePointer<Float>?
  ) { ck_lstm_step_f(rows, hidden, x, s, cell, next, nextCell, kept) }
  static func lstmStepBackward(
    _ rows: Int, _ hidden: Int, _ kept: UnsafePointer<Float>, _ cell: UnsafePointer<Float>,
    _ g: UnsafePointer<Float>,
    _ gCell: UnsafeMutablePointer<Float>, _ ds: UnsafeMutablePointer<Float>
  ) { ck_lstm_step_backward_f(rows, hidden, kept, cell, g, gCell, ds) }
}

extension Double: KernelScalar {
  static func memory(of storage: Storage) -> UnsafeMutablePointer<Double> { storage.double }
  static func matmul(
    _ kind: ck_product, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Double>, _ lda: Int,
    _ b: UnsafePointer<Double>, _ ldb: Int, _ c: UnsafeMutablePointer<Double>, _ ldc: Int, accumulate: Bool
  ) { ck_matmul_d(kind, m, n, k, a, lda, b, ldb, c, ldc, accumulate) }
  static func dense(
    _ activation: ck_activation, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Double>,
    _ b: UnsafePointer<Double>, _ bias: UnsafePointer<Double>, _ c: UnsafeMutablePointer<Double>
  ) { ck_dense_d(activation, m, n, k, a, k, b, n, bias, c, n) }
  static func pack(
    turned: Bool, _ n: Int, _ k: Int, _ b: UnsafePointer<Double>, _ ldb: Int, _ packed: UnsafeMutablePointer<Double>
  ) { ck_pack_d(turned, n, k, b, ldb, packed) }
  static func matmulPacked(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Double>, _ packed: UnsafePointer<Double>,
    _ c: UnsafeMutablePointer<Double>, accumulate: Bool
  ) { ck_matmul_packed_d(m, n, k, a, k, packed, c, n, accumulate) }
  static func blend(
    _ count: Int, _ alpha: Double, _ x: UnsafePointer<Double>, _ beta: Double, _ y: UnsafePointer<Double>,
    _ out: UnsafeMutablePointer<Double>
  ) { ck_blend_d(count, alpha, x, beta, y, out) }
  static func addAll(_ count: Int, _ terms: [UnsafePointer<Double>?], _ out: UnsafeMutablePointer<Double>) {
    ck_add_all_d(count, terms.count, terms, out)
  }
  static func adam(
    _ count: Int, _ step: ck_adam_step, _ gradient: UnsafePointer<Double>, _ first: UnsafePointer<Double>,
    _ second: UnsafePointer<Double>, _ values: UnsafePointer<Double>, _ newFirst: UnsafeMutablePointer<Double>,
    _ newSecond: UnsafeMutablePointer<Double>, _ newValues: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: step) { step in
      ck_adam_d(count, step, gradient, first, second, values, newFirst, newSecond, newValues)
    }
  }
  static func transpose(_ m: Int, _ n: Int, _ input: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>) {
    ck_transpose_d(m, n, input, out)
  }
  static func unary(
    _ function: ck_unary, _ count: Int, _ input: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>
  ) { ck_unary_d(function, count, input, out) }
  static func binary(
    _ operation: ck_binary, _ layout: ck_layout, _ rows: Int, _ columns: Int, _ a: UnsafePointer<Double>,
    _ b: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>
  ) { ck_binary_d(operation, layout, rows, columns, a, b, out) }
  static func axpy(_ count: Int, _ alpha: Double, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
    ck_axpy_d(count, alpha, x, y)
  }
  static func scale(_ count: Int, _ alpha: Double, _ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>)
  {
    ck_scale_d(count, alpha, x, out)
  }
  static func multiplyAccumulate(
    _ count: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>,
    accumulate: Bool
  ) { ck_multiply_accumulate_d(count, a, b, out, accumulate) }
  static func activationBackward(
    _ activation: ck_activation, _ count: Int, _ g: UnsafePointer<Double>, _ y: UnsafePointer<Double>,
    _ out: UnsafeMutablePointer<Double>, accumulate: Bool
  ) { ck_activation_backward_d(activation, count, g, y, out, accumulate) }
  static func tanhCurvature(
    _ count: Int, _ u: UnsafePointer<Double>, _ g: UnsafePointer<Double>, _ y: UnsafePointer<Double>,
    _ out: UnsafeMutablePointer<Double>, accumulate: Bool
  ) { ck_tanh_curvature_d(count, u, g, y, out, accumulate) }
  static func sum(_ count: Int, _ input: UnsafePointer<Double>) -> Double { ck_sum_d(count, input) }
  static func dot(_ count: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>) -> Double {
    ck_dot_d(count, a, b)
  }
  static func sumRows(
    _ rows: Int, _ columns: Int, _ input: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>,
    accumulate: Bool
  ) { ck_sum_rows_d(rows, columns, input, out, accumulate) }
  static func sumColumns(
    _ rows: Int, _ columns: Int, _ input: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>
  ) { ck_sum_columns_d(rows, columns, input, out) }
  static func gruStep(
    _ rows: Int, _ hidden: Int, _ x: UnsafePointer<Double>, _ s: UnsafePointer<Double>,
    _ bias: UnsafePointer<Double>,
    _ h: UnsafePointer<Double>, _ next: UnsafeMutablePointer<Double>, _ kept: UnsafeMutablePointer<Double>?
  ) { ck_gru_step_d(rows, hidden, x, s, bias, h, next, kept) }
  static func gruStepBackward(
    _ rows: Int, _ hidden: Int, _ kept: UnsafePointer<Double>, _ h: UnsafePointer<Double>,
    _ g: UnsafeMutablePointer<Double>, _ ds: UnsafeMutablePointer<Double>,
    _ dCandidate: UnsafeMutablePointer<Double>
  ) { ck_gru_step_backward_d(rows, hidden, kept, h, g, ds, dCandidate) }
  static func lstmStep(
    _ rows: Int, _ hidden: Int, _ x: UnsafePointer<Double>, _ s: UnsafePointer<Double>,
    _ cell: UnsafePointer<Double>,
    _ next: UnsafeMutablePointer<Double>, _ nextCell: UnsafeMutablePointer<Double>,
    _ kept: UnsafeMutablePointer<Double>?
  ) { ck_lstm_step_d(rows, hidden, x, s, cell, next, nextCell, kept) }
  static func lstmStepBackward(
    _ rows: Int, _ hidden: Int, _ kept: UnsafePointer<Double>, _ cell: UnsafePointer<Double>,
    _ g: UnsafePointer<Double>,
    _ gCell: UnsafeMutablePointer<Double>, _ ds: UnsafeMutablePointer<Double>
  ) { ck_lstm_step_backward_d(rows, hidden, kept, cell, g, gCell, ds) }
}
