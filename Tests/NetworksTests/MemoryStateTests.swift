import Networks
import Tensors
import Testing

@Suite struct MemoryStateTests {
  private func rows(_ step: Int, lanes: Int, width: Int = 2) -> Tensor {
    Tensor((0..<lanes * width).map { Float(100 * step + $0) }, shape: [lanes, width])
  }

  @Test("At birth all rows are zeros, and the latest is the last that was added to a live lane") func latest() {
    var state = MemoryState(parts: [.init(width: 2, steps: 1), .init(width: 2, steps: 3)], lanes: 2)
    #expect(state.laneCount == 2 && state.latest.allSatisfy { $0.floats == [0, 0, 0, 0] })
    state.append([rows(1, lanes: 2), rows(2, lanes: 2)])
    state.append([rows(3, lanes: 2), rows(4, lanes: 2)], where: [true, false])
    #expect(state.stepCounts == [2, 1])
    #expect(state.latest[0].floats == [300, 301, 102, 103])
    #expect(state.latest[1].floats == [400, 401, 202, 203])
    #expect(state.row(of: 1, stepsBack: 2).floats == [200, 201, 0, 0])
  }

  @Test("Copies of a state do not see what is added to another") func copies() {
    var state = MemoryState(parts: [.init(width: 2, steps: Int.max)], lanes: 1)
    state.append([rows(1, lanes: 1)])
    var copy = state
    state.append([rows(2, lanes: 1)])
    copy.append([rows(3, lanes: 1)])
    #expect(state.latest[0].floats == [200, 201])
    #expect(copy.latest[0].floats == [300, 301])
    let added = rows(9, lanes: 1)
    #expect(state.window(of: 0, adding: added).floats == [100, 101, 200, 201, 900, 901])
    #expect(copy.window(of: 0, adding: added).floats == [100, 101, 300, 301, 900, 901])
  }

  /// Against a plain list of all rows.
  @Test(arguments: [0, 1, 4, 16, 19, 37, Int.max]) func windowsHoldTheLatestRowsAtTheirPlaces(steps: Int) {
    let lanes = 3
    var state = MemoryState(parts: [.init(width: 2, steps: steps)], lanes: lanes)
    var lists = [[[Float]]](repeating: [], count: lanes)
    for tick in 1...90 {
      let row = rows(tick, lanes: lanes)
      let isLive = [true, tick % 2 == 0, tick < 20]
      let (window, slots) = (state.window(of: 0, adding: row), state.slots(of: 0))
      let longest = slots.map(\.upperBound).max() ?? 0
      var expected: [Float] = []
      for lane in 0..<lanes {
        let given = Array(row.floats[lane * 2..<lane * 2 + 2])
        let kept = lists[lane].suffix(steps) + [given]
        #expect(slots[lane].count == kept.count)
        #expect(slots[lane].lowerBound == (lists[lane].count + 1 - kept.count) % 16)
        expected += [Float](repeating: 0, count: 2 * slots[lane].lowerBound) + kept.flatMap { $0 }
        expected += [Float](repeating: 0, count: 2 * (longest - slots[lane].upperBound))
        if isLive[lane] { lists[lane].append(given) }
      }
      #expect(window.shape == [lanes, longest, 2] && window.floats == expected)
      state.append([row], where: isLive)
    }
    let some = state.gathered([2, 0, 2])
    #expect(some.stepCounts == [2, 0, 2].map { state.stepCounts[$0] })
    func window(_ state: MemoryState, _ lane: Int) -> [Float] {
      let all = state.window(of: 0, adding: rows(0, lanes: 3))
      // The same lane may have zeros after it where an older lane is there, too.
      let slots = state.slots(of: 0)[lane]
      return Array(all.slice(lane..<lane + 1).floats[2 * slots.lowerBound..<2 * (slots.upperBound - 1)])
    }
    for (lane, source) in [2, 0, 2].enumerated() { #expect(window(some, lane) == window(state, source)) }
    if steps > 0 { #expect(some.latest[0].slice(1..<2).floats == state.latest[0].slice(0..<1).floats) }
  }
}
