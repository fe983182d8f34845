import Tensors

extension Parameters {
  /// Uniform numbers from -1 to 1 in double precision, in the same shapes.
  func direction(_ seed: UInt64) -> Parameters {
    var random = RandomStream(seed: seed)
    return map { t in
      Tensor((0..<t.count).map { _ in random.uniform(-1, 1) }, shape: t.shape, precision: .double)
    }
  }
}

func length(_ x: Parameters) -> Double { x.dot(x).squareRoot() }
