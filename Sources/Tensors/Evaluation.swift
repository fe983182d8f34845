import CKernels

/// Computes an operation without recording it.
///
/// - Precondition: the inputs have one precision and shapes that the operation allows.
func evaluate(_ operation: Operation, _ x: [Tensor]) -> Tensor {
  switch operation {
  case .leaf, .identity: return x[0].detached
  case .reshape(let shape): return Tensor(Storage(x[0].storage, reshaped: shape))
  case .convert(let precision):
    return Tensor(x[0].doubles, shape: x[0].shape, precision: precision)
  default:
    return x[0].precision == .float ? evaluate(operation, x, Float.self) : evaluate(operation, x, Double.self)
  }
}

extension Operation {
  /// The shape of the result for inputs of given shapes.
  func shape(of x: [[Int]]) -> [Int] {
    switch self {
    case .leaf, .identity, .convert, .scale, .exp, .log, .tanh, .relu, .reciprocal, .squareRoot, .select,
      .activationBackward, .tanhCurvature:
      x[0]
    case .add, .subtract, .multiply: broadcastShape(x[0], x[1])
    case .product(let kind): productShape(kind, x[0], x[1])
    case .dense: productShape(.plain, x[0], x[1])
    case .logSumExp: replacing(x[0], x[0].count - 1, with: 1)
    case .sum(let shape), .broadcast(let shape), .reshape(let shape): shape
    case .transpose: x[0].dropLast(2) + x[0].suffix(2).reversed()
    case .slice(let axis, let range): replacing(x[0], axis, with: range.count)
    case .pad(let axis, _, let total): replacing(x[0], axis, with: total)
    case .concatenate(let axis): replacing(x[0], axis, with: x.reduce(0) { $0 + $1[axis] })
    case .gather(let rows): replacing(x[0], 0, with: rows.count)
    case .scatter(_, let rows): replacing(x[0], 0, with: rows)
    case .recurrence: x[0].dropLast() + [x[3][0]]
    }
  }

  /// The precision of the result for inputs of a given precision.
  func precision(of inputs: Precision) -> Precision {
    if case .convert(let precision) = self { precision } else { inputs }
  }
}

/// Adds the result of an operation to a tensor in place, without a temporary where a kernel can.
///
/// - Precondition: nobody else reads `target`.
func accumulate(_ operation: Operation, _ x: [Tensor], into target: Tensor) {
  target.precision == .float
    ? accumulate(operation, x, into: target, Float.self) : accumulate(operation, x, into: target, Double.self)
}

private func evaluate<S: KernelScalar>(_ operation: Operation, _ x: [Tensor], _: S.Type) -> Tensor {
  switch operation {
  case .add: return binary(CK_ADD, x[0], x[1], S.self)
  case .subtract: return binary(CK_SUBTRACT, x[0], x[1], S.self)
  case .multiply: return binary(CK_MULTIPLY, x[0], x[1], S.self)
  case .scale(let factor):
    return filled(x[0].shape, S.self) { S.scale(x[0].count, S(factor), x[0].memory(S.self), $0) }
  case .exp: return unary(CK_EXP, x[0], S.self)
  case .log: return unary(CK_LOG, x[0], S.self)
  case .tanh: return unary(CK_UNARY_TANH, x[0], S.self)
  case .relu: return unary(CK_UNARY_RELU, x[0], S.self)
  case .reciprocal: return unary(CK_RECIPROCAL, x[0], S.self)
  case .squareRoot: return unary(CK_SQUARE_ROOT, x[0], S.self)
  case .activationBackward(let activation):
    return filled(x[0].shape, S.self) {
      S.activationBackward(
        activation.kernel, x[0].count, x[0].memory(S.self), x[1].memory(S.self), $0, accumulate: false)
    }
  case .tanhCurvature:
    return filled(x[0].shape, S.self) {
      S.tanhCurvature(
        x[0].count, x[0].memory(S.self), x[1].memory(S.self), x[2].memory(S.self), $0, accumulate: false)
    }
  case .product(let kind):
    let shape = productShape(kind, x[0].shape, x[1].shape)
    return filled(shape, S.self) { multiplyMatrices(kind, x[0], x[1], into: $0, accumulate: false) }
  case .dense(let activation): return dense(activation, x, S.self)
  case .logSumExp: return logSumExp(x[0], S.self)
  case .sum(let shape): return summed(x[0], to: shape, S.self)
  case .broadcast(let shape): return broadcast(x[0], to: shape, S.self)
  case .transpose: return transposed(x[0], S.self)
  case .slice(let axis, let range): return sliced(x[0], axis, range, S.self)
  case .pad(let axis, let before, let total): return padded(x[0], axis, before, total, S.self)
  case .concatenate(let axis): return concatenated(x, axis, S.self)
  case .gather(let rows): return gathered(x[0], rows, S.self)
  case .scatter(let rows, let count): return scattered(x[0], rows, count, S.self)
  case .select(let mask):
    let (a, b) = (x[0].memory(S.self), x[1].memory(S.self))
    return filled(x[0].shape, S.self) { out in for i in mask.indices { out[i] = mask[i] ? a[i] : b[i] } }
  case .recurrence(let cell, let tape): return recurrence(cell, tape, x, S.self)
  case .leaf, .identity, .reshape, .convert: return evaluate(operation, x)
  }
}

private func accumulate<S: KernelScalar>(_ operation: Operation, _ x: [Tensor], into target: Tensor, _: S.Type) {
  let out = S.memory(of: target.storage)
  switch operation {
  case .product(let kind): multiplyMatrices(kind, x[0], x[1], into: out, accumulate: true)
  case .activationBackward(let activation):
    S.activationBackward(
      activation.kernel, target.count, x[0].memory(S.self), x[1].memory(S.self), out, accumulate: true)
  case .tanhCurvature:
    S.tanhCurvature(
      target.count, x[0].memory(S.self), x[1].memory(S.self), x[2].memory(S.self), out, accumulate: true)
  case .multiply where x[0].shape == x[1].shape:
    S.multiplyAccumulate(target.count, x[0].memory(S.self), x[1].memory(S.self), out, accumulate: true)
  case .scale(let factor): S.axpy(target.count, S(factor), x[0].memory(S.self), out)
  case .identity: S.axpy(target.count, 1, x[0].memory(S.self), out)
  case .sum(let shape) where x[0].shape.hasSuffix(shape):
    S.sumRows(x[0].count / max(target.count, 1), target.count, x[0].memory(S.self), out, accumulate: true)
  case .broadcast(let shape) where shape.hasSuffix(x[0].shape):
    let columns = x[0].count
    S.binary(CK_ADD, CK_ROW, target.count / max(columns, 1), columns, out, x[0].memory(S.self), out)
  default:
    // The pointer does not keep its tensor alive.
    let part = evaluate(operation, x)
    withExtendedLifetime(part) { S.axpy(target.count, 1, part.memory(S.self), out) }
  }
}

extension Tensor {
  func memory<S: KernelScalar>(_: S.Type) -> UnsafeMutablePointer<S> { S.memory(of: storage) }
}

extension Activation {
  fileprivate var kernel: ck_activation {
    switch self {
    case .identity: CK_IDENTITY
    case .tanh: CK_TANH
    case .relu: CK_RELU
    }
  }
}

extension [Int] {
  fileprivate func hasSuffix(_ other: [Int]) -> Bool {
    suffix(other.count).elementsEqual(other)
  }
}

/// A new tensor whose memory `fill` writes.
private func filled<S: KernelScalar>(
  _ shape: [Int], _: S.Type, _ fill: (UnsafeMutablePointer<S>) -> Void
) -> Tensor {
  let storage = Storage(shape: shape, precision: S.self == Float.self ? .float : .double)
  fill(S.memory(of: storage))
  return Tensor(storage)
}

private func unary<S: KernelScalar>(_ function: ck_unary, _ x: Tensor, _: S.Type) -> Tensor {
  filled(x.shape, S.self) { S.unary(function, x.count, x.memory(S.self), $0) }
}

// MARK: Two arguments, one laid over the other

/// The shape of two tensors laid over each other: axes are matched from the last, a missing axis or
/// one of length 1 is repeated.
func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int] {
  if a == b { return a }
  let rank = max(a.count, b.count)
  return (0..<rank).map { axis in
    let (i, j) = (axis - rank + a.count, axis - rank + b.count)
    let (m, n) = (i < 0 ? 1 : a[i], j < 0 ? 1 : b[j])
    precondition(m == n || m == 1 || n == 1, "shapes \(a) and \(b) cannot be laid over each other")
    return m == 1 ? n : m
  }
}

/// The way a kernel lays `b` over `a`, and the rows and columns it sees; nil if `b` must be repeated first.
private func layout(_ a: [Int], _ b: [Int]) -> (ck_layout, rows: Int, columns: Int)? {
  let (m, n) = (a.reduce(1, *), b.reduce(1, *))
  if a == b { return (CK_SAME, 1, m) }
  if n == 1 { return (CK_ONE, 1, m) }
  if a.hasSuffix(b) { return (CK_ROW, m / max(n, 1), n) }
  if let width = a.last, b.last == 1, b.dropLast().elementsEqual(a.dropLast()) {
    return (CK_COLUMN, m / max(width, 1), width)
  }
  return nil
}

private func binary<S: KernelScalar>(_ operation: ck_binary, _ a: Tensor, _ b: Tensor, _: S.Type) -> Tensor {
  let shape = broadcastShape(a.shape, b.shape)
  if a.shape != shape {
    if operation != CK_SUBTRACT, b.shape == shape { return binary(operation, b, a, S.self) }
    return binary(operation, broadcast(a, to: shape, S.self), b, S.self)
  }
  guard let (layout, rows, columns) = layout(a.shape, b.shape) else {
    return binary(operation, a, broadcast(b, to: shape, S.self), S.self)
  }
  return filled(shape, S.self) {
    S.binary(operation, layout, rows, columns, a.memory(S.self), b.memory(S.self), $0)
  }
}

// MARK: Products

private func productShape(_ kind: ProductKind, _ a: [Int], _ b: [Int]) -> [Int] {
  precondition(
    a.count == b.count && (a.count == 2 || a.count == 3) && a.dropLast(2) == b.dropLast(2),
    "a product needs two matrices, or two equally many, not shapes \(a) and \(b)")
  let (rows, inner) = kind == .leftTransposed ? (a[a.count - 1], a[a.count - 2]) : (a[a.count - 2], a[a.count - 1])
  let (columns, other) =
    kind == .rightTransposed ? (b[b.count - 2], b[b.count - 1]) : (b[b.count - 1], b[b.count - 2])
  precondition(inner == other, "the inner lengths of a product differ: shapes \(a) and \(b), \(kind)")
  return a.count == 2 ? [rows, columns] : [a[0], rows, columns]
}

private func multiplyMatrices<S: KernelScalar>(
  _ kind: ProductKind, _ a: Tensor, _ b: Tensor, into out: UnsafeMutablePointer<S>, accumulate: Bool
) {
  let shape = productShape(kind, a.shape, b.shape)
  let (m, n) = (shape[shape.count - 2], shape[shape.count - 1])
  let (lda, ldb) = (a.shape[a.shape.count - 1], b.shape[b.shape.count - 1])
  let k = kind == .leftTransposed ? a.shape[a.shape.count - 2] : lda
  let kernel: ck_product =
    switch kind {
    case .plain: CK_PLAIN
    case .leftTransposed: CK_LEFT_TRANSPOSED
    case .rightTransposed: CK_RIGHT_TRANSPOSED
    }
  for batch in 0..<(shape.count == 3 ? shape[0] : 1) {
    S.matmul(
      kernel, m, n, k, a.memory(S.self) + batch * m * k, lda, b.memory(S.self) + batch * k * n, ldb,
      out + batch * m * n, n, accumulate: accumulate)
  }
}

private func dense<S: KernelScalar>(_ activation: Activation, _ x: [Tensor], _: S.Type) -> Tensor {
  let (input, weights, bias) = (x[0], x[1], x[2])
  let shape = productShape(.plain, input.shape, weights.shape)
  precondition(
    shape.count == 2 && bias.shape == [shape[1]], "a dense layer of \(shape[1]) has a bias of \(bias.shape)")
  return filled(shape, S.self) {
    S.dense(
      activation.kernel, shape[0], shape[1], input.shape[1], input.memory(S.self), weights.memory(S.self),
      bias.memory(S.self), $0)
  }
}

// MARK: Layout

private func transposed<S: KernelScalar>(_ x: Tensor, _: S.Type) -> Tensor {
  let rank = x.shape.count
  precondition(rank >= 2, "only matrices are transposed, not shape \(x.shape)")
  let (m, n) = (x.shape[rank - 2], x.shape[rank - 1])
  return filled(x.shape.dropLast(2) + [n, m], S.self) { out in
    for batch in 0..<(m * n == 0 ? 0 : x.count / (m * n)) {
      S.transpose(m, n, x.memory(S.self) + batch * m * n, out + batch * m * n)
    }
  }
}

/// The tensor seen as `[outer, axis, inner]`.
private func split(_ shape: [Int], at axis: Int) -> (outer: Int, length: Int, inner: Int) {
  (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
}

private func replacing(_ shape: [Int], _ axis: Int, with length: Int) -> [Int] {
  var shape = shape
  shape[axis] = length
  return shape
}

private func sliced<S: KernelScalar>(_ x: Tensor, _ axis: Int, _ range: Range<Int>, _: S.Type) -> Tensor {
  let (outer, length, inner) = split(x.shape, at: axis)
  precondition(range.lowerBound >= 0 && range.upperBound <= length, "slice \(range) of an axis of \(length)")
  return filled(replacing(x.shape, axis, with: range.count), S.self) { out in
    for i in 0..<outer {
      let from = x.memory(S.self) + (i * length + range.lowerBound) * inner
      (out + i * range.count * inner).update(from: from, count: range.count * inner)
    }
  }
}

private func padded<S: KernelScalar>(_ x: Tensor, _ axis: Int, _ before: Int, _ total: Int, _: S.Type) -> Tensor {
  let (outer, length, inner) = split(x.shape, at: axis)
  return filled(replacing(x.shape, axis, with: total), S.self) { out in
    out.update(repeating: 0, count: outer * total * inner)
    for i in 0..<outer {
      let from = x.memory(S.self) + i * length * inner
      (out + (i * total + before) * inner).update(from: from, count: length * inner)
    }
  }
}

private func concatenated<S: KernelScalar>(_ x: [Tensor], _ axis: Int, _: S.Type) -> Tensor {
  let total = x.reduce(0) { $0 + $1.shape[axis] }
  return filled(replacing(x[0].shape, axis, with: total), S.self) { out in
    var before = 0
    for part in x {
      let (outer, length, inner) = split(part.shape, at: axis)
      for i in 0..<outer {
        let from = part.memory(S.self) + i * length * inner
        (out + (i * total + before) * inner).update(from: from, count: length * inner)
      }
      before += length
    }
  }
}

private func gathered<S: KernelScalar>(_ x: Tensor, _ rows: [Int], _: S.Type) -> Tensor {
  let (_, length, inner) = split(x.shape, at: 0)
  precondition(rows.allSatisfy { (0..<length).contains($0) }, "a row to gather is not one of \(length)")
  return filled(replacing(x.shape, 0, with: rows.count), S.self) { out in
    for (i, row) in rows.enumerated() {
      (out + i * inner).update(from: x.memory(S.self) + row * inner, count: inner)
    }
  }
}

private func scattered<S: KernelScalar>(_ x: Tensor, _ rows: [Int], _ count: Int, _: S.Type) -> Tensor {
  let inner = split(x.shape, at: 0).inner
  return filled(replacing(x.shape, 0, with: count), S.self) { out in
    out.update(repeating: 0, count: count * inner)
    for (i, row) in rows.enumerated() { S.axpy(inner, 1, x.memory(S.self) + i * inner, out + row * inner) }
  }
}

private func broadcast<S: KernelScalar>(_ x: Tensor, to shape: [Int], _: S.Type) -> Tensor {
  precondition(broadcastShape(x.shape, shape) == shape, "shape \(x.shape) cannot be repeated to \(shape)")
  if x.shape == shape { return x.detached }
  return filled(shape, S.self) { out in
    let count = shape.reduce(1, *)
    if x.count == 1 { return out.update(repeating: x.memory(S.self)[0], count: count) }
    if shape.hasSuffix(x.shape) {
      for row in 0..<count / x.count { (out + row * x.count).update(from: x.memory(S.self), count: x.count) }
      return
    }
    // Strides of the input along the axes of the result; 0 where it is repeated.
    var strides = [Int](repeating: 0, count: shape.count)
    var stride = 1
    for axis in x.shape.indices.reversed() {
      if x.shape[axis] != 1 { strides[axis + shape.count - x.shape.count] = stride }
      stride *= x.shape[axis]
    }
    var index = [Int](repeating: 0, count: shape.count)
    var from = 0
    for i in 0..<count {
      out[i] = x.memory(S.self)[from]
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        from += strides[axis]
        if index[axis] < shape[axis] { break }
        from -= strides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
    }
  }
}

/// Sums over the axes that are 1 or missing in `shape`, the last axis first.
private func summed<S: KernelScalar>(_ x: Tensor, to shape: [Int], _: S.Type) -> Tensor {
  precondition(broadcastShape(shape, x.shape) == x.shape, "shape \(x.shape) cannot be summed to \(shape)")
  if x.shape == shape { return x.detached }
  let count = shape.reduce(1, *)
  if count == 1 { return filled(shape, S.self) { $0[0] = S.sum(x.count, x.memory(S.self)) } }
  if x.shape.hasSuffix(shape) {
    return filled(shape, S.self) {
      S.sumRows(x.count / max(count, 1), count, x.memory(S.self), $0, accumulate: false)
    }
  }
  let missing = x.shape.count - shape.count
  var result = x
  for axis in x.shape.indices.reversed() where x.shape[axis] != 1 {
    guard axis < missing || shape[axis - missing] == 1 else { continue }
    result = summed(result, over: axis, S.self)
  }
  return Tensor(Storage(result.storage, reshaped: shape))
}

private func summed<S: KernelScalar>(_ x: Tensor, over axis: Int, _: S.Type) -> Tensor {
  let (outer, length, inner) = split(x.shape, at: axis)
  return filled(replacing(x.shape, axis, with: 1), S.self) { out in
    if inner == 1 { return S.sumColumns(outer, length, x.memory(S.self), out) }
    for i in 0..<outer {
      S.sumRows(length, inner, x.memory(S.self) + i * length * inner, out + i * inner, accumulate: false)
    }
  }
}

/// m + log Σ exp(x - m) for each row, where m is its largest number; sums are those of `sum`.
private func logSumExp<S: KernelScalar>(_ x: Tensor, _: S.Type) -> Tensor {
  let width = x.shape.last ?? 0
  precondition(width > 0 || x.count == 0, "there is no logarithm of an empty sum: shape \(x.shape)")
  let rows = x.count / max(width, 1)
  // As many rows at a time as stay in the first-level cache.
  let block = max(1, 4096 / max(width, 1))
  let powers = Storage(shape: [min(block, rows), width], precision: x.precision)
  let maxima = Storage(shape: [min(block, rows)], precision: x.precision)
  let (e, m, values) = (S.memory(of: powers), S.memory(of: maxima), x.memory(S.self))
  let result = filled(x.shape.dropLast() + [1], S.self) { out in
    for start in stride(from: 0, to: rows, by: block) {
      let count = min(block, rows - start)
      let part = values + start * width
      for row in 0..<count { m[row] = largest(UnsafeBufferPointer(start: part + row * width, count: width)) }
      S.binary(CK_SUBTRACT, CK_COLUMN, count, width, part, m, e)
      S.unary(CK_EXP, count * width, e, e)
      S.sumColumns(count, width, e, out + start)
      S.unary(CK_LOG, count, out + start, out + start)
      S.binary(CK_ADD, CK_SAME, 1, count, out + start, m, out + start)
    }
  }
  // Separately: a tuple is never released (Swift 6.3).
  withExtendedLifetime(powers) {}
  withExtendedLifetime(maxima) {}
  return result
}

/// The largest number of a row; whether one that is not a number is passed over or returned, sums with it are none either.
private func largest<S: KernelScalar>(_ row: UnsafeBufferPointer<S>) -> S {
  var most = row[0]
  for value in row where value > most { most = value }
  precondition(
    most > -.infinity || row.contains(where: \.isNaN),
    "a logarithm of a sum of zeros: all of a row is minus infinity")
  return most
}
