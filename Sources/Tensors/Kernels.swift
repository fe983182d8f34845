import CKernels

/// The kernels of one precision, under names without a suffix.
protocol KernelScalar: BinaryFloatingPoint, Sendable {
  typealias Input = UnsafePointer<Self>
  typealias Output = UnsafeMutablePointer<Self>

  static func memory(of storage: Storage) -> Output
  static func matmul(
    _ kind: ck_product, _ m: Int, _ n: Int, _ k: Int, _ a: Input, _ lda: Int, _ b: Input, _ ldb: Int, _ c: Output,
    _ ldc: Int, accumulate: Bool)
  static func dense(
    _ activation: ck_activation, _ m: Int, _ n: Int, _ k: Int, _ a: Input, _ b: Input, _ bias: Input, _ c: Output)
  static func pack(turned: Bool, _ n: Int, _ k: Int, _ b: Input, _ ldb: Int, _ packed: Output)
  static func matmulPacked(_ m: Int, _ n: Int, _ k: Int, _ a: Input, _ packed: Input, _ c: Output, accumulate: Bool)
  static func transpose(_ m: Int, _ n: Int, _ input: Input, _ out: Output)
  static func unary(_ function: ck_unary, _ count: Int, _ input: Input, _ out: Output)
  static func binary(
    _ operation: ck_binary, _ layout: ck_layout, _ rows: Int, _ columns: Int, _ a: Input, _ b: Input, _ out: Output)
  static func axpy(_ count: Int, _ alpha: Self, _ x: Input, _ y: Output)
  static func scale(_ count: Int, _ alpha: Self, _ x: Input, _ out: Output)
  static func blend(_ count: Int, _ alpha: Self, _ x: Input, _ beta: Self, _ y: Input, _ out: Output)
  static func addAll(_ count: Int, _ terms: [Input?], _ out: Output)
  static func adam(
    _ count: Int, _ step: ck_adam_step, _ gradient: Input, _ first: Input, _ second: Input, _ values: Input,
    _ newFirst: Output, _ newSecond: Output, _ newValues: Output)
  static func multiplyAccumulate(_ count: Int, _ a: Input, _ b: Input, _ out: Output, accumulate: Bool)
  static func activationBackward(
    _ activation: ck_activation, _ count: Int, _ g: Input, _ y: Input, _ out: Output, accumulate: Bool)
  static func tanhCurvature(_ count: Int, _ u: Input, _ g: Input, _ y: Input, _ out: Output, accumulate: Bool)
  static func sum(_ count: Int, _ input: Input) -> Self
  static func dot(_ count: Int, _ a: Input, _ b: Input) -> Self
  static func sumRows(_ rows: Int, _ columns: Int, _ input: Input, _ out: Output, accumulate: Bool)
  static func sumColumns(_ rows: Int, _ columns: Int, _ input: Input, _ out: Output)
  static func gruStep(
    _ rows: Int, _ hidden: Int, _ x: Input, _ s: Input, _ bias: Input, _ h: Input, _ next: Output, _ kept: Output?)
  static func gruStepBackward(
    _ rows: Int, _ hidden: Int, _ kept: Input, _ h: Input, _ g: Output, _ ds: Output, _ dCandidate: Output)
  static func lstmStep(
    _ rows: Int, _ hidden: Int, _ x: Input, _ s: Input, _ cell: Input, _ next: Output, _ nextCell: Output,
    _ kept: Output?)
  static func lstmStepBackward(
    _ rows: Int, _ hidden: Int, _ kept: Input, _ cell: Input, _ g: Input, _ gCell: Output, _ ds: Output)
}

extension Float: KernelScalar {
  static func memory(of storage: Storage) -> Output { storage.float }
  static func matmul(
    _ kind: ck_product, _ m: Int, _ n: Int, _ k: Int, _ a: Input, _ lda: Int, _ b: Input, _ ldb: Int, _ c: Output,
    _ ldc: Int, accumulate: Bool
  ) { ck_matmul_f(kind, m, n, k, a, lda, b, ldb, c, ldc, accumulate) }
  static func dense(
    _ activation: ck_activation, _ m: Int, _ n: Int, _ k: Int, _ a: Input, _ b: Input, _ bias: Input, _ c: Output
  ) { ck_dense_f(activation, m, n, k, a, k, b, n, bias, c, n) }
  static func pack(turned: Bool, _ n: Int, _ k: Int, _ b: Input, _ ldb: Int, _ packed: Output) {
    ck_pack_f(turned, n, k, b, ldb, packed)
  }
  static func matmulPacked(
    _ m: Int, _ n: Int, _ k: Int, _ a: Input, _ packed: Input, _ c: Output, accumulate: Bool
  ) { ck_matmul_packed_f(m, n, k, a, k, packed, c, n, accumulate) }
  static func blend(_ count: Int, _ alpha: Float, _ x: Input, _ beta: Float, _ y: Input, _ out: Output) {
    ck_blend_f(count, alpha, x, beta, y, out)
  }
  static func addAll(_ count: Int, _ terms: [Input?], _ out: Output) {
    ck_add_all_f(count, terms.count, terms, out)
  }
  static func adam(
    _ count: Int, _ step: ck_adam_step, _ gradient: Input, _ first: Input, _ second: Input, _ values: Input,
    _ newFirst: Output, _ newSecond: Output, _ newValues: Output
  ) {
    withUnsafePointer(to: step) { step in
      ck_adam_f(count, step, gradient, first, second, values, newFirst, newSecond, newValues)
    }
  }
  static func transpose(_ m: Int, _ n: Int, _ input: Input, _ out: Output) {
    ck_transpose_f(m, n, input, out)
  }
  static func unary(_ function: ck_unary, _ count: Int, _ input: Input, _ out: Output) {
    ck_unary_f(function, count, input, out)
  }
  static func binary(
    _ operation: ck_binary, _ layout: ck_layout, _ rows: Int, _ columns: Int, _ a: Input, _ b: Input, _ out: Output
  ) { ck_binary_f(operation, layout, rows, columns, a, b, out) }
  static func axpy(_ count: Int, _ alpha: Float, _ x: Input, _ y: Output) {
    ck_axpy_f(count, alpha, x, y)
  }
  static func scale(_ count: Int, _ alpha: Float, _ x: Input, _ out: Output) {
    ck_scale_f(count, alpha, x, out)
  }
  static func multiplyAccumulate(_ count: Int, _ a: Input, _ b: Input, _ out: Output, accumulate: Bool) {
    ck_multiply_accumulate_f(count, a, b, out, accumulate)
  }
  static func activationBackward(
    _ activation: ck_activation, _ count: Int, _ g: Input, _ y: Input, _ out: Output, accumulate: Bool
  ) { ck_activation_backward_f(activation, count, g, y, out, accumulate) }
  static func tanhCurvature(_ count: Int, _ u: Input, _ g: Input, _ y: Input, _ out: Output, accumulate: Bool) {
    ck_tanh_curvature_f(count, u, g, y, out, accumulate)
  }
  static func sum(_ count: Int, _ input: Input) -> Float { ck_sum_f(count, input) }
  static func dot(_ count: Int, _ a: Input, _ b: Input) -> Float {
    ck_dot_f(count, a, b)
  }
  static func sumRows(_ rows: Int, _ columns: Int, _ input: Input, _ out: Output, accumulate: Bool) {
    ck_sum_rows_f(rows, columns, input, out, accumulate)
  }
  static func sumColumns(_ rows: Int, _ columns: Int, _ input: Input, _ out: Output) {
    ck_sum_columns_f(rows, columns, input, out)
  }
  static func gruStep(
    _ rows: Int, _ hidden: Int, _ x: Input, _ s: Input, _ bias: Input, _ h: Input, _ next: Output, _ kept: Output?
  ) { ck_gru_step_f(rows, hidden, x, s, bias, h, next, kept) }
  static func gruStepBackward(
    _ rows: Int, _ hidden: Int, _ kept: Input, _ h: Input, _ g: Output, _ ds: Output, _ dCandidate: Output
  ) { ck_gru_step_backward_f(rows, hidden, kept, h, g, ds, dCandidate) }
  static func lstmStep(
    _ rows: Int, _ hidden: Int, _ x: Input, _ s: Input, _ cell: Input, _ next: Output, _ nextCell: Output,
    _ kept: Output?
  ) { ck_lstm_step_f(rows, hidden, x, s, cell, next, nextCell, kept) }
  static func lstmStepBackward(
    _ rows: Int, _ hidden: Int, _ kept: Input, _ cell: Input, _ g: Input, _ gCell: Output, _ ds: Output
  ) { ck_lstm_step_backward_f(rows, hidden, kept, cell, g, gCell, ds) }
}

extension Double: KernelScalar {
  static func memory(of storage: Storage) -> Output { storage.double }
  static func matmul(
    _ kind: ck_product, _ m: Int, _ n: Int, _ k: Int, _ a: Input, _ lda: Int, _ b: Input, _ ldb: Int, _ c: Output,
    _ ldc: Int, accumulate: Bool
  ) { ck_matmul_d(kind, m, n, k, a, lda, b, ldb, c, ldc, accumulate) }
  static func dense(
    _ activation: ck_activation, _ m: Int, _ n: Int, _ k: Int, _ a: Input, _ b: Input, _ bias: Input, _ c: Output
  ) { ck_dense_d(activation, m, n, k, a, k, b, n, bias, c, n) }
  static func pack(turned: Bool, _ n: Int, _ k: Int, _ b: Input, _ ldb: Int, _ packed: Output) {
    ck_pack_d(turned, n, k, b, ldb, packed)
  }
  static func matmulPacked(
    _ m: Int, _ n: Int, _ k: Int, _ a: Input, _ packed: Input, _ c: Output, accumulate: Bool
  ) { ck_matmul_packed_d(m, n, k, a, k, packed, c, n, accumulate) }
  static func blend(_ count: Int, _ alpha: Double, _ x: Input, _ beta: Double, _ y: Input, _ out: Output) {
    ck_blend_d(count, alpha, x, beta, y, out)
  }
  static func addAll(_ count: Int, _ terms: [Input?], _ out: Output) {
    ck_add_all_d(count, terms.count, terms, out)
  }
  static func adam(
    _ count: Int, _ step: ck_adam_step, _ gradient: Input, _ first: Input, _ second: Input, _ values: Input,
    _ newFirst: Output, _ newSecond: Output, _ newValues: Output
  ) {
    withUnsafePointer(to: step) { step in
      ck_adam_d(count, step, gradient, first, second, values, newFirst, newSecond, newValues)
    }
  }
  static func transpose(_ m: Int, _ n: Int, _ input: Input, _ out: Output) {
    ck_transpose_d(m, n, input, out)
  }
  static func unary(_ function: ck_unary, _ count: Int, _ input: Input, _ out: Output) {
    ck_unary_d(function, count, input, out)
  }
  static func binary(
    _ operation: ck_binary, _ layout: ck_layout, _ rows: Int, _ columns: Int, _ a: Input, _ b: Input, _ out: Output
  ) { ck_binary_d(operation, layout, rows, columns, a, b, out) }
  static func axpy(_ count: Int, _ alpha: Double, _ x: Input, _ y: Output) {
    ck_axpy_d(count, alpha, x, y)
  }
  static func scale(_ count: Int, _ alpha: Double, _ x: Input, _ out: Output) {
    ck_scale_d(count, alpha, x, out)
  }
  static func multiplyAccumulate(_ count: Int, _ a: Input, _ b: Input, _ out: Output, accumulate: Bool) {
    ck_multiply_accumulate_d(count, a, b, out, accumulate)
  }
  static func activationBackward(
    _ activation: ck_activation, _ count: Int, _ g: Input, _ y: Input, _ out: Output, accumulate: Bool
  ) { ck_activation_backward_d(activation, count, g, y, out, accumulate) }
  static func tanhCurvature(_ count: Int, _ u: Input, _ g: Input, _ y: Input, _ out: Output, accumulate: Bool) {
    ck_tanh_curvature_d(count, u, g, y, out, accumulate)
  }
  static func sum(_ count: Int, _ input: Input) -> Double { ck_sum_d(count, input) }
  static func dot(_ count: Int, _ a: Input, _ b: Input) -> Double {
    ck_dot_d(count, a, b)
  }
  static func sumRows(_ rows: Int, _ columns: Int, _ input: Input, _ out: Output, accumulate: Bool) {
    ck_sum_rows_d(rows, columns, input, out, accumulate)
  }
  static func sumColumns(_ rows: Int, _ columns: Int, _ input: Input, _ out: Output) {
    ck_sum_columns_d(rows, columns, input, out)
  }
  static func gruStep(
    _ rows: Int, _ hidden: Int, _ x: Input, _ s: Input, _ bias: Input, _ h: Input, _ next: Output, _ kept: Output?
  ) { ck_gru_step_d(rows, hidden, x, s, bias, h, next, kept) }
  static func gruStepBackward(
    _ rows: Int, _ hidden: Int, _ kept: Input, _ h: Input, _ g: Output, _ ds: Output, _ dCandidate: Output
  ) { ck_gru_step_backward_d(rows, hidden, kept, h, g, ds, dCandidate) }
  static func lstmStep(
    _ rows: Int, _ hidden: Int, _ x: Input, _ s: Input, _ cell: Input, _ next: Output, _ nextCell: Output,
    _ kept: Output?
  ) { ck_lstm_step_d(rows, hidden, x, s, cell, next, nextCell, kept) }
  static func lstmStepBackward(
    _ rows: Int, _ hidden: Int, _ kept: Input, _ cell: Input, _ g: Input, _ gCell: Output, _ ds: Output
  ) { ck_lstm_step_backward_d(rows, hidden, kept, cell, g, gCell, ds) }
}
