import MetaRL

/// Counts visits to cells of a grid over observations, and rewards what is rare.
///
/// The bonus of a step is β / √n, where n is how often the cell that it led to was visited, the visits of the same batch
/// included (Tang et al., 2017, "#Exploration", arXiv:1611.04717, section 2.2; Strehl & Littman, 2008).
public struct VisitCounts: Sendable {
  private let cellSize: Double
  private var counts: [[Int32]: Int] = [:]

  /// Nothing was visited yet.
  ///
  /// - Parameter cellSize: the width of a cell in every number of an observation; positive.
  public init(cellSize: Double) { self.cellSize = cellSize }

  /// Counts what episodes visited, and pays for it.
  ///
  /// - Parameters:
  ///   - weight: β.
  ///   - episodes: the order among them changes nothing.
  /// - Returns: the episodes, with the bonus added to the rewards of both channels.
  public mutating func addingBonus(_ weight: Double, to episodes: [Episode]) -> [Episode] {
    let cells = episodes.map(cells)
    for cell in cells.joined() { counts[cell, default: 0] += 1 }
    return zip(episodes, cells).map { episode, cells in
      var episode = episode
      for (step, cell) in cells.enumerated() {
        let bonus = Float(weight / Double(counts[cell] ?? 1).squareRoot())
        episode.denseRewards[step] += bonus
        episode.sparseRewards[step] += bonus
      }
      return episode
    }
  }

  /// The cell that each step led to.
  private func cells(_ episode: Episode) -> [[Int32]] {
    let size = episode.observations.count / (episode.stepCount + 1)
    return (0..<episode.stepCount).map { step in
      episode.observations[(step + 1) * size..<(step + 2) * size].map { number in
        // What is too far away for a number of a cell is in the last one.
        Int32(min(max((Double(number) / cellSize).rounded(.down), -1e9), 1e9))
      }
    }
  }
}
