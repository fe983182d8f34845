/// What a reader has to know of one learner on one family before believing its row: that it is badly set, or that a
/// number says less than it seems to.
package struct ResultWarning: Sendable, Hashable {
  /// The stable name of the warning.
  package enum Kind: String, Sendable, CaseIterable {
    /// Training had hardly begun when its budget was spent.
    case fewIterations = "few-iterations"
    /// Agents know no more of their task after experience than before.
    case collapsedPosterior = "collapsed-posterior"
    /// Training is for the penalty more than for returns.
    case dominantPenalty = "dominant-penalty"
    case worseThanUntrained = "worse-than-untrained"
    case worseThanRandom = "worse-than-random"
    /// A control that sees the task is below a learner that does not.
    case weakOracle = "weak-oracle"
    /// Seeds of one learner differ more than learners do.
    case seedsDisagree = "seeds-disagree"
  }

  package var kind: Kind
  package var learner: String
  /// The problem and its remedy, continuing a sentence that begins with the learner's name.
  package var text: String

  /// "maml: 8 iterations of training, …".
  package var sentence: String { "\(learner): \(text)" }

  /// The mark after the name of a learner that a warning concerns.
  package static let mark = " ⚠"

  package var json: JSONValue { ["kind": .string(kind.rawValue), "text": .string(sentence)] }
}
