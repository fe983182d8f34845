import MetaRL

extension FamilyCard.Anchor {
  /// The simulated return of actions from a standard normal distribution.
  ///
  /// `tasks` are those of the simulation, as in "test goals"; nil for draws from the family.
  static func normalActions(_ value: Double, standardError: Double, on tasks: String? = nil) -> FamilyCard.Anchor {
    let place = tasks.map { " on the \($0)" } ?? ""
    return .init(
      value, standardError: standardError,
      computation: "simulation\(place), actions from a standard normal distribution")
  }
}
