extension Array {
  /// The elements in order, in parts of nearly one size that are dealt out to threads: the same parts whatever the number of
  /// threads.
  ///
  /// - Parameter size: the most elements of a part.
  /// - Returns: at least one part.
  func parts(ofAtMost size: Int) -> [[Element]] {
    let parts = Swift.max(1, (count + size - 1) / size)
    return (0..<parts).map { Array(self[count * $0 / parts..<count * ($0 + 1) / parts]) }
  }
}
