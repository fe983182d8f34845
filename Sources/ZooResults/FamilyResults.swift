import MetaRL

package struct FamilyResults: Sendable {
  package struct Group: Sendable {
    package var learner: StoredLearner
    package var finished: [StoredResults.FinishedRun]
    package var holes: [StoredResults.Hole]
  }

  package let family: StoredFamily
  package let evaluation: EvaluationProtocol
  /// One group a learner that was to play it, in the order they were planned.
  package let groups: [Group]

  /// Collects the runs on one family; nil if none of them has begun.
  fileprivate init?(_ name: String, in results: StoredResults) {
    let finished = results.finished.filter { $0.record.family.versionedName == name }
    let holes = results.holes.filter { $0.family == name }
    guard let any = finished.first?.record ?? holes.lazy.compactMap(\.record).first else { return nil }
    family = any.family
    evaluation = any.evaluation
    let done = Dictionary(grouping: finished) { $0.record.learner.name }
    let missing = Dictionary(grouping: holes, by: \.learner)
    let begun = Dictionary(
      (results.finished.map(\.record) + results.holes.compactMap(\.record)).map { ($0.learner.name, $0.learner) },
      uniquingKeysWith: { first, _ in first })
    groups = results.learners.compactMap { name in
      let (mine, gaps) = (done[name] ?? [], missing[name] ?? [])
      guard !mine.isEmpty || !gaps.isEmpty else { return nil }
      // A learner that has not begun anywhere has said nothing of itself.
      let unknown = StoredLearner(name: name, card: LearnerCard(summary: "", adaptsBy: ""))
      return Group(learner: begun[name] ?? unknown, finished: mine, holes: gaps)
    }
  }

  /// The name, the protocol, and the sample of each number.
  package var title: String {
    let counts = Set(groups.map(\.finished.count).filter { $0 > 0 })
    let (fewest, most) = (counts.min() ?? 0, counts.max() ?? 0)
    let parts = [
      (fewest < most ? "\(fewest) to " : "") + NumberText.quantity(most, "seed"), evaluation.tasksInWords,
      NumberText.quantity(evaluation.episodesPerProbe, "episode"),
    ]
    return "\(family.versionedName) · \(parts.joined(separator: " x ")) · protocol \(evaluation.identifier)"
  }
}

extension StoredResults {
  /// The runs, family by family; families that no run has begun on are left out.
  package var byFamily: [FamilyResults] { families.compactMap { FamilyResults($0, in: self) } }

  /// The runs without a result, those of one learner on one family with the same cause together.
  package var missing: [String] {
    var groups: [(who: String, state: RunState, seeds: [Int])] = []
    for hole in holes {
      let who = "\(hole.learner) on \(hole.family)"
      if let same = groups.firstIndex(where: { $0.who == who && $0.state == hole.state }) {
        groups[same].seeds.append(hole.seed)
      } else {
        groups.append((who, hole.state, [hole.seed]))
      }
    }
    return groups.map { group in
      let seeds = group.seeds.map(String.init).joined(separator: ", ")
      let noun = group.seeds.count == 1 ? "seed" : "seeds"
      return "missing: \(group.who), \(noun) \(seeds): \(group.state.inWords)"
    }
  }

  /// Notes on too few finished seeds.
  package var seedNotes: [String] {
    let counts = byFamily.flatMap { $0.groups.map(\.finished.count) }.filter { $0 > 0 }
    func inWords(_ counts: [Int]) -> String? {
      guard let fewest = counts.min(), let most = counts.max() else { return nil }
      return (fewest < most ? "\(fewest) to " : "") + NumberText.quantity(most, "seed")
    }
    let (least, enough) = (ScoreMatrix.fewestSeedsForInterval, ScoreMatrix.fewestSeedsForTrust)
    return [
      inWords(counts.filter { $0 < least })
        .map { "no intervals: the spread is unknown with \($0); use at least \(enough)" },
      inWords(counts.filter { (least..<enough).contains($0) })
        .map { "intervals over \($0) are rough; use at least \(enough) seeds before concluding anything" },
    ].compactMap { $0 }
  }
}
