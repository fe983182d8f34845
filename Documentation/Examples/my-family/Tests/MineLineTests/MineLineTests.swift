import MetaRL
import MineLineFamily
import Testing
import ZooChecks

/// What every family promises; `swift run mine-line-zoo check family mine-line` says it with more words.
@Test func itKeepsItsPromises() {
  #expect(problems(with: MineLine()) == [])
}
