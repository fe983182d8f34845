import CKernels

/// The kernels of one precision, under names without a suffix.
protocol KernelScalar: BinaryFloatingPoint, Sendable {
  typealias Input = UnsafePointer<Self>?
  typealias Output = UnsafeMutablePointer<Self>?

  static func memory(of storage: Storage) -> UnsafeMutablePointer<Self>
  static func axpy(_ count: Int, _ alpha: Self, _ x: Input, _ y: Output)
  static func scale(_ count: Int, _ alpha: Self, _ x: Input, _ out: Output)
  static func blend(_ count: Int, _ alpha: Self, _ x: Input, _ beta: Self, _ y: Input, _ out: Output)
  static func sum(_ count: Int, _ input: Input) -> Self

  // Kernels that take numbers as pointers alone, as C declares them. Those named `ck…` have a form with labels below.
  static var pack: (_ turned: Bool, _ n: Int, _ k: Int, _ b: Input, _ ldb: Int, _ packed: Output) -> Void { get }
  static var transpose: (_ m: Int, _ n: Int, _ input: Input, _ out: Output) -> Void { get }
  static var unary: (_ function: ck_unary, _ count: Int, _ input: Input, _ out: Output) -> Void { get }
  static var binary:
    (
      _ operation: ck_binary, _ layout: ck_layout, _ rows: Int, _ columns: Int, _ a: Input, _ b: Input,
      _ out: Output
    ) -> Void
  { get }
  static var sumColumns: (_ rows: Int, _ columns: Int, _ input: Input, _ out: Output) -> Void { get }
  static var gruStep:
    (
      _ rows: Int, _ hidden: Int, _ x: Input, _ s: Input, _ bias: Input, _ h: Input, _ next: Output, _ kept: Output
    ) -> Void
  { get }
  static var gruStepBackward:
    (
      _ rows: Int, _ hidden: Int, _ kept: Input, _ h: Input, _ g: Output, _ ds: Output, _ dCandidate: Output
    ) -> Void
  { get }
  static var lstmStep:
    (
      _ rows: Int, _ hidden: Int, _ x: Input, _ s: Input, _ cell: Input, _ next: Output, _ nextCell: Output,
      _ kept: Output
    ) -> Void
  { get }
  static var lstmStepBackward:
    (
      _ rows: Int, _ hidden: Int, _ kept: Input, _ cell: Input, _ g: Input, _ gCell: Output, _ ds: Output
    ) -> Void
  { get }
  static var ckMatmul: (ck_product, Int, Int, Int, Input, Int, Input, Int, Output, Int, Bool) -> Void { get }
  static var ckDense: (ck_activation, Int, Int, Int, Input, Int, Input, Int, Input, Output, Int) -> Void { get }
  static var ckMatmulPacked: (Int, Int, Int, Input, Int, Input, Output, Int, Bool) -> Void { get }
  static var ckAddAll: (Int, Int, UnsafePointer<Input>?, Output) -> Void { get }
  static var ckAdam: (Int, UnsafePointer<ck_adam_step>?, Input, Input, Input, Input, Output, Output, Output) -> Void
  { get }
  static var ckMultiplyAccumulate: (Int, Input, Input, Output, Bool) -> Void { get }
  static var ckActivationBackward: (ck_activation, Int, Input, Input, Output, Bool) -> Void { get }
  static var ckTanhCurvature: (Int, Input, Input, Input, Output, Bool) -> Void { get }
  static var ckSumRows: (Int, Int, Input, Output, Bool) -> Void { get }
}

extension KernelScalar {
  static func matmul(
    _ kind: ck_product, _ m: Int, _ n: Int, _ k: Int, _ a: Input, _ lda: Int, _ b: Input, _ ldb: Int, _ c: Output,
    _ ldc: Int, accumulate: Bool
  ) { ckMatmul(kind, m, n, k, a, lda, b, ldb, c, ldc, accumulate) }
  static func dense(
    _ activation: ck_activation, _ m: Int, _ n: Int, _ k: Int, _ a: Input, _ b: Input, _ bias: Input, _ c: Output
  ) { ckDense(activation, m, n, k, a, k, b, n, bias, c, n) }
  static func matmulPacked(_ m: Int, _ n: Int, _ k: Int, _ a: Input, _ packed: Input, _ c: Output, accumulate: Bool)
  {
    ckMatmulPacked(m, n, k, a, k, packed, c, n, accumulate)
  }
  static func addAll(_ count: Int, _ terms: [Input], _ out: Output) { ckAddAll(count, terms.count, terms, out) }
  static func adam(
    _ count: Int, _ step: ck_adam_step, _ gradient: Input, _ first: Input, _ second: Input, _ values: Input,
    _ newFirst: Output, _ newSecond: Output, _ newValues: Output
  ) {
    withUnsafePointer(to: step) {
      ckAdam(count, $0, gradient, first, second, values, newFirst, newSecond, newValues)
    }
  }
  static func multiplyAccumulate(_ count: Int, _ a: Input, _ b: Input, _ out: Output, accumulate: Bool) {
    ckMultiplyAccumulate(count, a, b, out, accumulate)
  }
  static func activationBackward(
    _ activation: ck_activation, _ count: Int, _ g: Input, _ y: Input, _ out: Output, accumulate: Bool
  ) { ckActivationBackward(activation, count, g, y, out, accumulate) }
  static func tanhCurvature(_ count: Int, _ u: Input, _ g: Input, _ y: Input, _ out: Output, accumulate: Bool) {
    ckTanhCurvature(count, u, g, y, out, accumulate)
  }
  static func sumRows(_ rows: Int, _ columns: Int, _ input: Input, _ out: Output, accumulate: Bool) {
    ckSumRows(rows, columns, input, out, accumulate)
  }
}

extension Float: KernelScalar {
  static func memory(of storage: Storage) -> UnsafeMutablePointer<Float> { storage.float }
  static func axpy(_ count: Int, _ alpha: Float, _ x: Input, _ y: Output) { ck_axpy_f(count, alpha, x, y) }
  static func scale(_ count: Int, _ alpha: Float, _ x: Input, _ out: Output) { ck_scale_f(count, alpha, x, out) }
  static func blend(_ count: Int, _ alpha: Float, _ x: Input, _ beta: Float, _ y: Input, _ out: Output) {
    ck_blend_f(count, alpha, x, beta, y, out)
  }
  static func sum(_ count: Int, _ input: Input) -> Float { ck_sum_f(count, input) }
  static var pack: (Bool, Int, Int, Input, Int, Output) -> Void { ck_pack_f }
  static var transpose: (Int, Int, Input, Output) -> Void { ck_transpose_f }
  static var unary: (ck_unary, Int, Input, Output) -> Void { ck_unary_f }
  static var binary: (ck_binary, ck_layout, Int, Int, Input, Input, Output) -> Void { ck_binary_f }
  static var sumColumns: (Int, Int, Input, Output) -> Void { ck_sum_columns_f }
  static var gruStep: (Int, Int, Input, Input, Input, Input, Output, Output) -> Void { ck_gru_step_f }
  static var gruStepBackward: (Int, Int, Input, Input, Output, Output, Output) -> Void { ck_gru_step_backward_f }
  static var lstmStep: (Int, Int, Input, Input, Input, Output, Output, Output) -> Void { ck_lstm_step_f }
  static var lstmStepBackward: (Int, Int, Input, Input, Input, Output, Output) -> Void { ck_lstm_step_backward_f }
  static var ckMatmul: (ck_product, Int, Int, Int, Input, Int, Input, Int, Output, Int, Bool) -> Void {
    ck_matmul_f
  }
  static var ckDense: (ck_activation, Int, Int, Int, Input, Int, Input, Int, Input, Output, Int) -> Void {
    ck_dense_f
  }
  static var ckMatmulPacked: (Int, Int, Int, Input, Int, Input, Output, Int, Bool) -> Void { ck_matmul_packed_f }
  static var ckAddAll: (Int, Int, UnsafePointer<Input>?, Output) -> Void { ck_add_all_f }
  static var ckAdam: (Int, UnsafePointer<ck_adam_step>?, Input, Input, Input, Input, Output, Output, Output) -> Void
  {
    ck_adam_f
  }
  static var ckMultiplyAccumulate: (Int, Input, Input, Output, Bool) -> Void { ck_multiply_accumulate_f }
  static var ckActivationBackward: (ck_activation, Int, Input, Input, Output, Bool) -> Void {
    ck_activation_backward_f
  }
  static var ckTanhCurvature: (Int, Input, Input, Input, Output, Bool) -> Void { ck_tanh_curvature_f }
  static var ckSumRows: (Int, Int, Input, Output, Bool) -> Void { ck_sum_rows_f }
}

extension Double: KernelScalar {
  static func memory(of storage: Storage) -> UnsafeMutablePointer<Double> { storage.double }
  static func axpy(_ count: Int, _ alpha: Double, _ x: Input, _ y: Output) { ck_axpy_d(count, alpha, x, y) }
  static func scale(_ count: Int, _ alpha: Double, _ x: Input, _ out: Output) { ck_scale_d(count, alpha, x, out) }
  static func blend(_ count: Int, _ alpha: Double, _ x: Input, _ beta: Double, _ y: Input, _ out: Output) {
    ck_blend_d(count, alpha, x, beta, y, out)
  }
  static func sum(_ count: Int, _ input: Input) -> Double { ck_sum_d(count, input) }
  static var pack: (Bool, Int, Int, Input, Int, Output) -> Void { ck_pack_d }
  static var transpose: (Int, Int, Input, Output) -> Void { ck_transpose_d }
  static var unary: (ck_unary, Int, Input, Output) -> Void { ck_unary_d }
  static var binary: (ck_binary, ck_layout, Int, Int, Input, Input, Output) -> Void { ck_binary_d }
  static var sumColumns: (Int, Int, Input, Output) -> Void { ck_sum_columns_d }
  static var gruStep: (Int, Int, Input, Input, Input, Input, Output, Output) -> Void { ck_gru_step_d }
  static var gruStepBackward: (Int, Int, Input, Input, Output, Output, Output) -> Void { ck_gru_step_backward_d }
  static var lstmStep: (Int, Int, Input, Input, Input, Output, Output, Output) -> Void { ck_lstm_step_d }
  static var lstmStepBackward: (Int, Int, Input, Input, Input, Output, Output) -> Void { ck_lstm_step_backward_d }
  static var ckMatmul: (ck_product, Int, Int, Int, Input, Int, Input, Int, Output, Int, Bool) -> Void {
    ck_matmul_d
  }
  static var ckDense: (ck_activation, Int, Int, Int, Input, Int, Input, Int, Input, Output, Int) -> Void {
    ck_dense_d
  }
  static var ckMatmulPacked: (Int, Int, Int, Input, Int, Input, Output, Int, Bool) -> Void { ck_matmul_packed_d }
  static var ckAddAll: (Int, Int, UnsafePointer<Input>?, Output) -> Void { ck_add_all_d }
  static var ckAdam: (Int, UnsafePointer<ck_adam_step>?, Input, Input, Input, Input, Output, Output, Output) -> Void
  {
    ck_adam_d
  }
  static var ckMultiplyAccumulate: (Int, Input, Input, Output, Bool) -> Void { ck_multiply_accumulate_d }
  static var ckActivationBackward: (ck_activation, Int, Input, Input, Output, Bool) -> Void {
    ck_activation_backward_d
  }
  static var ckTanhCurvature: (Int, Input, Input, Input, Output, Bool) -> Void { ck_tanh_curvature_d }
  static var ckSumRows: (Int, Int, Input, Output, Bool) -> Void { ck_sum_rows_d }
}
