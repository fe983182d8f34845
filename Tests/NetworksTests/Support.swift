import Tensors

/// A tensor in double precision.
func tensor(_ values: [Double], _ shape: [Int]) -> Tensor { Tensor(values, shape: shape, precision: .double) }

/// Uniform numbers from -1 to 1.
func numbers(_ count: Int, seed: UInt64) -> [Double] {
  var random = RandomStream(seed: seed)
  return (0..<count).map { _ in random.uniform(-1, 1) }
}

/// The largest difference of two vectors.
func distance(_ a: [Double], _ b: [Double]) -> Double {
  precondition(a.count == b.count, "\(a.count) numbers against \(b.count)")
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

extension Parameters {
  /// The exact numbers, one tensor after the other.
  var flat: [Double] { tensors.flatMap(\.doubles) }

  /// Random numbers in double precision, in the same shapes.
  func direction(seed: UInt64) -> Parameters {
    let all = numbers(count, seed: seed)
    var start = 0
    return map { t in
      defer { start += t.count }
      return tensor(Array(all[start..<start + t.count]), t.shape)
    }
  }
}
