import MetaRL
import MineLineFamily
import Testing
import ZooChecks

/// The promises of every family; `swift run mine-line-zoo check family mine-line` prints details.
@Test func itKeepsItsPromises() {
  #expect(problems(with: MineLine()) == [])
}
