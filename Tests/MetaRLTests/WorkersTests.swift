import MetaRL
import Synchronization
import Testing

@Suite struct WorkersTests {
  private struct Failure: Error, Equatable {
    let index: Int
  }

  @Test(arguments: [1, 2, 5]) func resultsComeInTheOrderOfTheWork(_ count: Int) throws {
    let results = try Workers(count).map(0..<100) { index in
      // The first pieces take longest.
      (0..<(100 - index) * 100).reduce(0, &+) >= 0 ? index * index : -1
    }
    #expect(results == (0..<100).map { $0 * $0 })
  }

  @Test(arguments: [1, 2, 5]) func theErrorIsThatOfTheLowestIndex(_ count: Int) {
    #expect(throws: Failure(index: 7)) {
      try Workers(count).map(0..<50) { index in
        if index >= 7 { throw Failure(index: index) }
        return index
      }
    }
  }

  @Test(arguments: [1, 2]) func noWorkHasNoResults(_ count: Int) throws {
    #expect(try Workers(count).map(0..<0) { $0 }.isEmpty)
  }

  @Test(arguments: [1, 2, 5]) func theProcessorTimeOfAllThreadsIsCounted(_ count: Int) throws {
    let meter = ProcessorMeter()
    let pieces = 10
    let measured = Mutex(0.0)
    try meter.counting {
      let sums = try Workers(count, meter: meter).map(0..<pieces) { _ in
        // Each piece is measured on its own thread, and takes at least 5 ms there.
        let own = ProcessorMeter()
        var sum = 0.0
        while own.seconds < 0.005 { own.counting { sum += (0..<2000).map(Double.init).reduce(0, +) } }
        measured.withLock { $0 += own.seconds }
        return sum
      }
      #expect(sums.allSatisfy { $0 > 0 })
    }
    let total = measured.withLock { $0 }
    #expect(total >= Double(pieces) * 0.005)
    // Nothing is left out, and nothing is counted twice; asking for the time takes time, too.
    #expect(meter.seconds >= total && meter.seconds < 1.9 * total)
  }
}
