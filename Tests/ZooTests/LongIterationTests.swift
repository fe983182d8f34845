import Synchronization
import Testing
import Zoo

@Suite struct LongIterationTests {
  private func told(_ lengths: [(look: Double, end: Double)]) -> [String] {
    let told = Mutex<[String]>([])
    let clock = LongIteration(threshold: .seconds(30)) { text in told.withLock { $0.append(text) } }
    var now = ContinuousClock.now
    for length in lengths {
      clock.look(at: now)
      clock.begin(at: now)
      clock.look(at: now + .seconds(length.look))
      now += .seconds(length.end)
      clock.end(at: now)
    }
    return told.withLock { $0 }
  }

  @Test func shortIterationsAreNotTalkedOf() {
    #expect(told([(1, 2), (29, 30), (3, 4)]).isEmpty)
  }

  @Test("A long iteration is reported while it lasts, and its length once afterwards") func longIterations() {
    let told = told([(1, 2), (31, 347), (40, 350)])
    #expect(told.count == 2)
    #expect(told[0].hasPrefix("an iteration takes more than 30 s; checkpoints are written between iterations"))
    #expect(told[1] == "an iteration takes about 5 min 47 s; what is lost on interruption is at most that")
  }
}
