extension ReportContents {
  /// The fastest learner on each family, with confidence and cost.
  var glanceTable: TextTable {
    TextTable(
      header: [
        "family", "adapts fastest", "lifetime return", "level with it", "controls above it",
        "adapted return, newborn → in the end", "90 % of the gain after", "cost of a run",
      ],
      rows: families.map { family in
        guard let fastest = family.fastest else { return [family.name] + Array(repeating: "–", count: 7) }
        let names = { (learners: [LearnerResult]) in learners.map { $0.name + $0.mark }.joined(separator: ", ") }
        let reached = fastest.nineTenths.map { NumberText.quantity($0.episode, "episode") }
        return [
          family.name, fastest.name + fastest.mark, NumberText.estimate(fastest.lifetime), names(family.close),
          names(family.controlsAbove),
          "\(NumberText.short(fastest.before.value)) → \(NumberText.estimate(fastest.after))", reached ?? "",
          "\(NumberText.count(fastest.cost.trainingSteps)) steps, \(NumberText.duration(fastest.cost.wallSeconds))",
        ].map { $0.isEmpty ? "–" : $0 }
      })
  }

  /// The scores in the end, one row a family and one column a learner; nil if there is none.
  func scoreTable<Text>(_ text: (String) -> Text, fastest: (String) -> Text) -> (header: [String], rows: [[Text]])?
  {
    let scored = families.filter(\.hasScores)
    guard !scored.isEmpty else { return nil }
    let rows = scored.map { family in
      [text(family.name)]
        + learners.map { learner in
          guard let there = family.learners.first(where: { $0.name == learner.name }), let score = there.score
          else {
            return text("–")
          }
          let number = NumberText.fixed(score.value, decimals: 2) + there.mark
          return family.fastest?.name == learner.name ? fastest(number) : text(number)
        }
    }
    return (["family"] + learners.map { $0.role == .control ? "\($0.name) (control)" : $0.name }, rows)
  }

  static let meaningOfFastest =
    "The learner that adapts fastest is the one whose agents earn most over their whole lifetime, exploration "
    + "included, on the tasks of evaluation. Controls are not ranked."

  static let meaningOfScores =
    "0 is acting at random, 1 is knowing the task; bold is the fastest; ⚠ is a warning below the family's table. Where a control that does not adapt "
    + "scores as much as a learner, the learner's returns do not come from adapting."
}
