import MetaRL
import Tensors

/// A planner that samples candidate action sequences and returns the first action of the best one (random shooting; Nagabandi
/// et al., 2018, arXiv:1708.02596).
///
/// With the cross-entropy method (Botev et al., 2013), the candidates are resampled in each refinement from normal distributions
/// fitted to the best ones. Actions are always within ±1.
public struct ShootingPlanner: Sendable {
  /// The number of candidate action sequences in each round.
  public var candidates: Int
  /// The number of actions in a sequence.
  public var horizon: Int
  /// The number of refinements; 0 for random shooting.
  public var refinements: Int

  /// A planner by random shooting or, with refinements, by the cross-entropy method.
  public init(candidates: Int, horizon: Int, refinements: Int = 0) {
    self.candidates = candidates
    self.horizon = horizon
    self.refinements = refinements
  }

  /// The number of candidates that the next distributions are fitted to: a tenth, and at least two.
  var eliteCount: Int { min(max(2, candidates / 10), candidates) }

  /// The first action of the best sequence in every lane, `[lane, action]`.
  ///
  /// - Parameters:
  ///   - actionSize: the length of an action vector.
  ///   - random: a random stream for each lane.
  ///   - worth: the value of each sequence, `[lane, candidate]` row by row, given `[lane, step, candidate, action]`.
  /// - Returns: actions within ±1.
  public func plan(
    actionSize: Int, using random: inout LaneRandom, worth: (_ sequences: Tensor) -> [Float]
  ) -> Tensor {
    let (lanes, width) = (random.count, actionSize)
    let numbers = horizon * candidates * width
    var sequences = random.uniforms(perLane: numbers).map { 2 * $0 - 1 }
    var best: [Int] = []
    for round in 0...refinements {
      let worths = worth(Tensor(sequences, shape: [lanes, horizon, candidates, width]))
      best = (0..<lanes).map { lane in
        let row = worths[lane * candidates..<(lane + 1) * candidates]
        // The first of equal candidates, so that ties have one result.
        return row.indices.reduce(row.startIndex) { worths[$1] > worths[$0] ? $1 : $0 } - row.startIndex
      }
      guard round < refinements else { break }
      let noise = random.normals(perLane: numbers)
      for lane in 0..<lanes {
        let worths = Array(worths[lane * candidates..<(lane + 1) * candidates])
        let ranked = worths.indices.sorted { worths[$0] != worths[$1] ? worths[$0] > worths[$1] : $0 < $1 }
        redraw(&sequences, lane: lane, around: Array(ranked.prefix(eliteCount)), noise, width)
      }
    }
    let chosen = (0..<lanes).flatMap { lane in
      (0..<width).map { sequences[((lane * horizon) * candidates + best[lane]) * width + $0] }
    }
    return Tensor(chosen, shape: [lanes, width])
  }

  /// Resamples the sequences of a lane from normal distributions fitted to the elite, separately for each step.
  private func redraw(
    _ sequences: inout [Float], lane: Int, around elite: [Int], _ noise: [Float], _ width: Int
  ) {
    for step in 0..<horizon {
      for i in 0..<width {
        func place(_ candidate: Int) -> Int { ((lane * horizon + step) * candidates + candidate) * width + i }
        let values = elite.map { sequences[place($0)] }
        let mean = values.reduce(0, +) / Float(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
        let deviation = variance.squareRoot()
        for candidate in 0..<candidates {
          let at = place(candidate)
          sequences[at] = max(-1, min(1, mean + deviation * noise[at]))
        }
      }
    }
  }
}

/// The planner's settings, which learners declare alike.
extension SettingDeclaration {
  static let planningCandidates = SettingDeclaration(
    "Candidate action sequences for each decision", .integer(2...100_000),
    source: "our choice; Nagabandi, Clavera et al. 2019, authors' code, has 500")
  static let planningHorizon = SettingDeclaration(
    "Planning horizon: actions in a candidate sequence", .integer(1...1000), symbol: "H",
    source: "Nagabandi, Clavera et al. 2019, authors' code")
  static let planningRefinements = SettingDeclaration(
    "Refinements of the candidates by the cross-entropy method. 0: random shooting", .integer(0...100),
    source: "our choice; Nagabandi, Clavera et al. 2019, authors' code, has 0")
}
