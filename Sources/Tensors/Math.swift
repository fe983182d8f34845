extension Tensor {
  /// The sum, number by number, with axes of length 1 or missing repeated.
  public static func + (a: Tensor, b: Tensor) -> Tensor { apply(.add, [a, b]) }
  /// The difference, number by number, with axes of length 1 or missing repeated.
  public static func - (a: Tensor, b: Tensor) -> Tensor { apply(.subtract, [a, b]) }
  /// The product, number by number, with axes of length 1 or missing repeated.
  public static func * (a: Tensor, b: Tensor) -> Tensor { apply(.multiply, [a, b]) }
  /// Each number times a factor, which has no derivative.
  public static func * (factor: Double, x: Tensor) -> Tensor { apply(.scale(factor), [x]) }
  /// The negative of each number of a tensor.
  public static prefix func - (x: Tensor) -> Tensor { apply(.scale(-1), [x]) }

  /// e to the power of each number.
  public func exp() -> Tensor { Tensor.apply(.exp, [self]) }
  /// The natural logarithm of each number.
  public func log() -> Tensor { Tensor.apply(.log, [self]) }
  /// The hyperbolic tangent of each number.
  public func tanh() -> Tensor { Tensor.apply(.tanh, [self]) }
  /// The positive part of each number; its derivative at 0 is 0.
  public func relu() -> Tensor { Tensor.apply(.relu, [self]) }
  /// One divided by each number; 0 gives infinity.
  public func reciprocal() -> Tensor { Tensor.apply(.reciprocal, [self]) }
  /// The square root of each number.
  public func squareRoot() -> Tensor { Tensor.apply(.squareRoot, [self]) }
  /// The logistic function of each number.
  public func sigmoid() -> Tensor {
    0.5 * (0.5 * self).tanh() + Tensor(0.5, precision: precision)
  }

  /// log(1 + eˣ) of each number, without overflow: a smooth positive part.
  ///
  /// The positive part is taken out as a constant: the result does not depend on it, so its gradient is zero.
  public func softplus() -> Tensor {
    let shift = detached.relu()
    return shift + ((-shift).exp() + (self - shift).exp()).log()
  }

  /// The matrix product, or the products of two equally long stacks of matrices.
  public func matmul(_ other: Tensor, _ kind: ProductKind = .plain) -> Tensor {
    Tensor.apply(.product(kind), [self, other])
  }

  /// A dense layer: `activation(self weights + bias)`, for `self` of shape `[row, input]`.
  public func dense(_ weights: Tensor, _ bias: Tensor, _ activation: Activation) -> Tensor {
    Tensor.apply(.dense(activation), [self, weights, bias])
  }

  /// The sum of all numbers, a scalar.
  public func sum() -> Tensor { Tensor.apply(.sum(to: []), [self]) }

  /// The mean of all numbers, a scalar.
  public func mean() -> Tensor { (1 / Double(max(count, 1))) * sum() }

  /// The sum along an axis, which disappears.
  public func sum(axis: Int) -> Tensor {
    var kept = shape
    kept[axis] = 1
    var shape = shape
    shape.remove(at: axis)
    return Tensor.apply(.sum(to: kept), [self]).reshaped(shape)
  }

  /// The sum over the axes that have length 1 or are missing in a shape.
  public func summed(to shape: [Int]) -> Tensor {
    shape == self.shape ? self : Tensor.apply(.sum(to: shape), [self])
  }

  /// Repeated along axes of length 1 or missing.
  public func broadcast(to shape: [Int]) -> Tensor {
    shape == self.shape ? self : Tensor.apply(.broadcast(to: shape), [self])
  }

  /// The same numbers in another shape.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "shape \(self.shape) does not fill \(shape)")
    return shape == self.shape ? self : Tensor.apply(.reshape(shape), [self])
  }

  /// The tensor with its last two axes exchanged.
  public func transposed() -> Tensor { Tensor.apply(.transpose, [self]) }

  /// The part of a tensor in a range of one axis.
  public func slice(_ range: Range<Int>, axis: Int = 0) -> Tensor {
    range == 0..<shape[axis] ? self : Tensor.apply(.slice(axis: axis, range), [self])
  }

  /// Tensors one after the other along an axis.
  ///
  /// - Precondition: there is at least one, and they differ in that axis only.
  public static func concatenate(_ parts: [Tensor], axis: Int = 0) -> Tensor {
    parts.count == 1 ? parts[0] : apply(.concatenate(axis: axis), parts)
  }

  /// Rows of the first axis by number; a number may come more than once.
  public func gather(_ rows: [Int]) -> Tensor { Tensor.apply(.gather(rows), [self]) }

  /// The rows added to `count` rows of zeros at the given numbers.
  public func scatter(_ rows: [Int], into count: Int) -> Tensor {
    Tensor.apply(.scatter(rows, rows: count), [self])
  }

  /// The numbers of `a` where the mask holds, else those of `b`.
  ///
  /// The mask is a constant: nothing flows into the choice.
  ///
  /// - Precondition: both have the same shape, and the mask has as many numbers.
  public static func select(_ mask: [Bool], _ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(a.shape == b.shape && mask.count == a.count, "select needs two tensors and a mask of one shape")
    return apply(.select(mask), [a, b])
  }

  /// The smaller of two tensors of one shape, number by number; the first where they are equal.
  public static func minimum(_ a: Tensor, _ b: Tensor) -> Tensor {
    select(zip(a.doubles, b.doubles).map { $0 <= $1 }, a, b)
  }

  /// Each number, moved to the nearest in a range; nothing flows back where it was moved.
  public func clamped(to range: ClosedRange<Double>) -> Tensor {
    let values = doubles
    let bounded = Tensor(
      values.map { min(max($0, range.lowerBound), range.upperBound) }, shape: shape, precision: precision)
    return Tensor.select(values.map(range.contains), self, bounded)
  }

  /// log Σ eˣ over the last axis, which keeps length 1; a number of -10⁹ among others adds exactly 0.
  ///
  /// - Precondition: no row is minus infinity everywhere.
  public func logSumExp() -> Tensor { Tensor.apply(.logSumExp, [self]) }

  /// The softmax over the last axis: positive numbers that sum to 1.
  public func softmax() -> Tensor { (self - logSumExp()).exp() }

  /// The numbers over the last axis with mean 0 and variance 1: c ⊙ 1 / √(mean(c²) + 10⁻⁵), where c = x - mean(x) (Ba,
  /// Kiros & Hinton, 2016, arXiv:1607.06450, without gain and offset).
  public func layerNormalized() -> Tensor {
    let row = Array(shape.dropLast()) + [1]
    let share = 1 / Double(max(shape[shape.count - 1], 1))
    let centered = self - share * summed(to: row)
    let variance = share * (centered * centered).summed(to: row)
    return centered * (variance + Tensor(1e-5, precision: precision)).squareRoot().reciprocal()
  }

  /// The logarithm of the softmax over the last axis.
  ///
  /// The maximum is subtracted as a constant first, so that logarithms near 0 are not rounded like large inputs: the result does
  /// not depend on it, so its gradient is zero.
  public func logSoftmax() -> Tensor {
    let width = shape[shape.count - 1]
    let values = doubles
    let rows = count / max(width, 1)
    let maxima = (0..<rows).map { row in values[row * width..<(row + 1) * width].max() ?? 0 }
    let keptShape = Array(shape.dropLast()) + [1]
    let shifted = self - Tensor(maxima, shape: keptShape, precision: precision)
    return shifted - shifted.logSumExp()
  }

  /// The same numbers in another precision.
  public func converted(to precision: Precision) -> Tensor {
    precision == self.precision ? self : Tensor.apply(.convert(precision), [self])
  }
}

/// The sine of an angle in radians, with the same bits on every system; the C library's may differ in the last.
///
/// The angle is brought to ±π/2, where the series ends below the last bit. Far from 0 the angle itself is no longer exact.
public func sine(_ angle: Double) -> Double {
  let halfTurns = (angle / Double.pi).rounded()
  let rest = angle - halfTurns * Double.pi
  var (term, sum) = (rest, rest)
  for factor in stride(from: 2.0, through: 22, by: 2) {
    term *= -rest * rest / (factor * (factor + 1))
    sum += term
  }
  return halfTurns.truncatingRemainder(dividingBy: 2) == 0 ? sum : -sum
}
