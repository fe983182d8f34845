import Environments
import MetaRL
import MineLearner
import Testing
import ZooChecks

/// What every learner promises; `swift run mine-zoo check learner mine` says it with more words.
@Test func itKeepsItsPromises() {
  #expect(problems(with: Mine.self, on: GridWorld()) == [])
}
