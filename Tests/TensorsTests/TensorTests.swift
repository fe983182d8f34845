import Foundation
import Tensors
import Testing

@Suite struct TensorTests {
  @Test(arguments: [Precision.float, .double])
  func encodingKeepsEveryBit(precision: Precision) throws {
    let tensor = Tensor([0.1, -0.0, .infinity, 1e-40, .pi], shape: [5], precision: precision)
    let copy = try JSONDecoder().decode(Tensor.self, from: JSONEncoder().encode(tensor))
    #expect(copy.shape == [5] && copy.precision == precision)
    #expect(copy.doubles.map(\.bitPattern) == tensor.doubles.map(\.bitPattern))
  }

  @Test(arguments: [
    #"{"shape":[2],"precision":"float","hexadecimal":"00000000"}"#,
    #"{"shape":[-1],"precision":"float","hexadecimal":""}"#,
    #"{"shape":[4611686018427387904,4],"precision":"float","hexadecimal":""}"#,
    #"{"shape":[1],"precision":"float","hexadecimal":"0000000g"}"#,
    #"{"shape":[1],"precision":"half","hexadecimal":"0000"}"#,
  ])
  func damagedTensorsAreRefused(text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Tensor.self, from: Data(text.utf8)) }
  }

  @Test func aTensorOfConstantsRemembersNothing() {
    let x = Tensor([1, 2, 3])
    #expect((x * x + x).node == nil)
    #expect((x * x.asLeaf).node != nil)
    #expect((x * x.asLeaf).detached.node == nil)
  }

  /// A freed block is the next to be handed out, so whoever read it after its time would read zeros here.
  @Test("A reshaped tensor keeps its numbers when their first owner is gone") func reshapedTensors() {
    func view() -> Tensor { Tensor((0..<24).map(Float.init)).reshaped([4, 6]).reshaped([2, 12]) }
    let kept = view()
    let others = (0..<8).map { _ in Tensor(repeating: 0, shape: [24]) }
    #expect(kept.shape == [2, 12] && kept.floats == (0..<24).map(Float.init))
    #expect(others.allSatisfy { $0.floats.allSatisfy { $0 == 0 } })
  }

  @Test func operationsOnTwoPrecisionsHaveTheWiderOne() {
    #expect((Tensor(1) + Tensor(1, precision: .double)).precision == .double)
  }
}

@Suite struct RandomTests {
  @Test func streamsDependOnTheirNamesOnly() {
    var parent = RandomStream(seed: 3)
    let before = parent.split("a", 5)
    _ = parent.bits()
    #expect(parent.split("a", 5).bitsCopy == before.bitsCopy)
    #expect(parent.split("a", 6).bitsCopy != before.bitsCopy)
    #expect(parent.split("b", 5).bitsCopy != before.bitsCopy)
    #expect(RandomStream(seed: 4).split("a", 5).bitsCopy != before.bitsCopy)
  }

  @Test func aLaneDrawsTheSameAloneAndBesideOthers() {
    let streams = (0..<5).map { RandomStream(seed: 1).split("lane", $0) }
    var together = LaneRandom(streams)
    var alone = LaneRandom([streams[3]])
    for count in [1, 2, 5, 8] {
      #expect(Array(together.normals(perLane: count)[3 * count..<4 * count]) == alone.normals(perLane: count))
      #expect(Array(together.uniforms(perLane: count)[3 * count..<4 * count]) == alone.uniforms(perLane: count))
    }
  }

  @Test func theSineIsThatOfTheLibrary() {
    for step in -2000...2000 {
      let angle = Double(step) * 0.0051
      #expect(abs(sine(angle) - Foundation.sin(angle)) < 5e-15)
    }
    #expect(sine(0) == 0)
  }

  @Test func integersAreUniformBelowTheirBound() {
    var random = RandomStream(seed: 9)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[random.integer(below: 7)] += 1 }
    // Chi squared with 6 degrees of freedom exceeds 22.5 once in a thousand times.
    #expect(counts.map { Double(($0 - 10_000) * ($0 - 10_000)) / 10_000 }.reduce(0, +) < 22.5)
  }
}

extension RandomStream {
  /// The next bits, without moving this stream on.
  fileprivate var bitsCopy: UInt64 {
    var copy = self
    return copy.bits()
  }
}
