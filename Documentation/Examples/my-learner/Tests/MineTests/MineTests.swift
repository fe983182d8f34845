import MetaRLZoo
import MineLearner
import Testing

/// The promises of every learner; `swift run mine-zoo check learner mine` prints details.
@Test func itKeepsItsPromises() {
  #expect(problems(with: Mine.self, on: GridWorld()) == [])
}
