import Tensors

/// Scaled dot-product attention of each step on the steps up to it, in heads side by side (Vaswani et al., 2017,
/// arXiv:1706.03762, section 3.2): softmax(q kᵀ / √w) v, where w is the width of a head.
package struct CausalAttention: Sendable, Hashable {
  /// The number of heads and the numbers in a query, a key and a value of each.
  package let heads: Int, headWidth: Int
  /// The number of steps, the present one included, that a step sees; 0: all.
  package let contextLength: Int

  package init(heads: Int, headWidth: Int, contextLength: Int = 0) {
    precondition(heads >= 1 && headWidth >= 1 && contextLength >= 0, "attention needs heads, and numbers in them")
    self.heads = heads
    self.headWidth = headWidth
    self.contextLength = contextLength
  }

  /// The numbers in all heads.
  package var width: Int { heads * headWidth }

  /// The parts of a state: keys and values of the steps that the next one sees.
  package var parts: [MemoryState.Part] {
    let steps = contextLength == 0 ? Int.max : contextLength - 1
    return Array(repeating: MemoryState.Part(width: width, steps: steps, startsEmpty: true), count: 2)
  }

  /// The places of the numbers of whole sequences, which every layer of a network has in common.
  package struct Layout: Sendable {
    /// For queries, keys and values, the rows of `[step * row * 3 * head, head width]` in the order `[row * head, step]`.
    fileprivate let order: [[Int]]
    /// The rows of reads, `[row * head * step, head width]`, in the order `[step * row, head]`.
    fileprivate let back: [Int]
    /// 0 where a step sees another, else -10⁹: `[step, step]`.
    fileprivate let mask: Tensor
    fileprivate let steps: Int, rows: Int
  }

  package func layout(steps: Int, rows: Int, precision: Precision) -> Layout {
    let order = (0..<3).map { kind in
      (0..<rows).flatMap { row in
        (0..<heads).flatMap { head in (0..<steps).map { (($0 * rows + row) * 3 + kind) * heads + head } }
      }
    }
    let back = (0..<steps).flatMap { step in
      (0..<rows * heads).map { $0 * steps + step }
    }
    var mask = [Double](repeating: Self.unseen, count: steps * steps)
    for step in 0..<steps {
      let first = contextLength == 0 ? 0 : max(0, step + 1 - contextLength)
      for seen in first...step { mask[step * steps + seen] = 0 }
    }
    return Layout(
      order: order, back: back, mask: Tensor(mask, shape: [steps, steps], precision: precision), steps: steps,
      rows: rows)
  }

  /// What each step of whole sequences reads.
  ///
  /// - Parameters:
  ///   - projected: queries, keys and values, `[step * row, 3 * width]`.
  ///   - layout: of these sequences.
  /// - Returns: `[step * row, width]`.
  package func reads(_ projected: Tensor, _ layout: Layout) -> Tensor {
    let (steps, stack) = (layout.steps, layout.rows * heads)
    let numbers = projected.reshaped([steps * stack * 3, headWidth])
    let parts = layout.order.map { numbers.gather($0).reshaped([stack, steps, headWidth]) }
    let scores = (scale * parts[0]).matmul(parts[1], .rightTransposed) + layout.mask
    let reads = scores.softmax().matmul(parts[2])
    return reads.reshaped([stack * steps, headWidth]).gather(layout.back).reshaped([steps * layout.rows, width])
  }

  /// What one step reads, with the bits that whole sequences have.
  ///
  /// Sums over a head are sums over all heads with zeros for the others, so keys and values need not be taken apart.
  ///
  /// - Parameters:
  ///   - projected: query, key and value, `[lane, 3 * width]`.
  ///   - state: the steps before, in the parts `part` and `part + 1`.
  ///   - part: the number of the part with the keys.
  /// - Returns: `[lane, width]`, and the rows of both parts.
  package func step(_ projected: Tensor, from state: MemoryState, part: Int) -> (reads: Tensor, rows: [Tensor]) {
    let lanes = projected.shape[0]
    func slice(_ tensor: Tensor, _ index: Int, _ width: Int) -> Tensor {
      tensor.slice(index * width..<(index + 1) * width, axis: 1)
    }
    let (query, key, value) = (
      scale * slice(projected, 0, width), slice(projected, 1, width), slice(projected, 2, width)
    )
    let queries = Tensor.concatenate(
      (0..<heads).map { head in
        Tensor.apply(.pad(axis: 1, before: head * headWidth, total: width), [slice(query, head, headWidth)])
      }, axis: 1)
    let keys = state.window(of: part, adding: key)
    var scores = queries.reshaped([lanes, heads, width]).matmul(keys, .rightTransposed)
    let (slots, longest) = (state.slots(of: part), keys.shape[1])
    if slots.contains(where: { $0 != 0..<longest }) { scores = scores + mask(slots, longest, scores.precision) }
    let reads = scores.softmax().matmul(state.window(of: part + 1, adding: value))
    let all = reads.reshaped([lanes, heads * width])
    let own = (0..<heads).map { slice(all, $0 * heads + $0, headWidth) }
    return (Tensor.concatenate(own, axis: 1), [key, value])
  }

  /// 0 in the slots of each lane, else -10⁹: `[lane, head, slot]`.
  private func mask(_ slots: [Range<Int>], _ longest: Int, _ precision: Precision) -> Tensor {
    let values = slots.flatMap { slots in
      let row = (0..<longest).map { slots.contains($0) ? 0 : Self.unseen }
      return (0..<heads).flatMap { _ in row }
    }
    return Tensor(values, shape: [slots.count, heads, longest], precision: precision)
  }

  private var scale: Double { 1 / Double(headWidth).squareRoot() }

  /// Added to the score of a step that is not seen: its probability is then exactly 0.
  private static let unseen = -1e9
}
