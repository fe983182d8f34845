import MetaRL

/// A number that a run has for every task, as statistics are made of.
package enum Metric: String, CaseIterable, Sendable {
  /// The adapted return at the last probe.
  case final
  /// The adapted return at the last probe minus that at the first.
  case gain
  /// The mean online return over the lifetime: the area under the online curve, divided by its length.
  case online
  /// The adapted return at the first probe.
  case initial
  /// The share of episodes of the last probe that succeeded.
  case solved

  package func meaning(in evaluation: EvaluationProtocol) -> String {
    let (first, last) = (evaluation.probes.first ?? 0, evaluation.probes.last ?? 0)
    let after = { (count: Int) in NumberText.quantity(count, "episode") + " of experience" }
    return switch self {
    case .final: "adapted return after \(after(last))"
    case .gain: "adapted return after \(after(last)) minus that after \(first)"
    case .online:
      "area under the online curve, divided by the \(NumberText.quantity(evaluation.episodesPerLifetime, "episode")) "
        + "of the lifetime: the mean online return"
    case .initial: "adapted return after \(after(first))"
    case .solved:
      "share of tasks solved after \(after(last)), a task counting for the share of its episodes that succeeded"
    }
  }

  /// The scores of runs, in returns; nil if the family does not report what is asked for.
  ///
  /// - Precondition: all curves are of the same protocol.
  package func scores(of curves: [RunCurve]) -> ScoreMatrix? {
    switch self {
    case .final: ScoreMatrix(curves.compactMap(\.adapted.last))
    case .initial: ScoreMatrix(curves.compactMap(\.adapted.first))
    case .gain:
      ScoreMatrix(curves.compactMap(\.adapted.last)).minus(ScoreMatrix(curves.compactMap(\.adapted.first)))
    case .online:
      ScoreMatrix(
        curves.map { curve in
          (curve.online.first ?? []).indices.map { task in average(curve.online.map { $0[task] }) }
        })
    case .solved:
      curves.allSatisfy { $0.solved != nil } ? ScoreMatrix(curves.compactMap { $0.solved?.last }) : nil
    }
  }

  /// The two returns that stand for 0 and 1; nil if the family's anchors cannot, or nothing is to be scaled.
  package func scale(on card: FamilyCard) -> (zero: Double, one: Double)? {
    let (random, oracle) = (card.random.value, card.oracle.value)
    let span = oracle - random
    guard self != .solved, span.isFinite, (1e-9...1e100).contains(span.magnitude) else { return nil }
    // A difference of two returns has no zero but its own.
    return self == .gain ? (0, span) : (random, oracle)
  }
}
