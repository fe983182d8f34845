import MetaRLZoo
import MineLineFamily
import Testing

/// The promises of every family; `swift run mine-line-zoo check family mine-line` prints details.
@Test func itKeepsItsPromises() {
  #expect(problems(with: MineLine()) == [])
}
