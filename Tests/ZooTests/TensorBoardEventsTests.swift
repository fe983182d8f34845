import Foundation
import Testing
import Zoo

@Suite struct TensorBoardEventsTests {
  @Test func theCheckIsThatOfTheStandard() {
    #expect(CRC32C.check(of: Array("123456789".utf8)) == 0xE306_9283)
    // RFC 3720, appendix B.4.
    #expect(CRC32C.check(of: [UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.check(of: [UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.check(of: (0..<32).map { UInt8($0) }) == 0x46DD_794E)
    #expect(CRC32C.masked(of: Array("123456789".utf8)) == 0xC78A_B0E5)
  }

  @Test func aFileHasTheBytesThatTensorBoardItselfWrites() {
    var events = TensorBoardEvents()
    events.add([.init(step: 7, value: 1), .init(step: 300, value: 0.5)], under: "loss")
    let bytes = events.data.map { String($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    // Serialised by tensorboard 2.21.0: Event(wall_time=1.0, step=300, Summary.Value(tag="loss", simple_value=0.5)).
    #expect(
      bytes.hasSuffix("1b000000000000001a0d9e1309000000000000f03f10ac022a0d0a0b0a046c6f7373150000003f4e5c1fd1"))
    let version = Array("brain.Event:2".utf8)
    #expect(Array(events.data[12..<36]) == [9, 0, 0, 0, 0, 0, 0, 0, 0, 0x1A, 13] + version)
  }

  @Test func negativeStepsTakeTenBytes() {
    var events = TensorBoardEvents()
    events.add([.init(step: 0, value: 1), .init(step: -1, value: 1)], under: "")
    let steps = [UInt8]([0x10]) + [UInt8](repeating: 0xFF, count: 9) + [1]
    #expect(events.data.range(of: Data(steps)) != nil)
  }

  @Test("A tag keeps a thousand points, the first and the last among them") func thousandPoints() {
    var events = TensorBoardEvents()
    events.add((0..<12_345).map { .init(step: $0, value: 0) }, under: "loss")
    let steps = events.tags[0].points.map(\.step)
    #expect(steps.count == 1000)
    #expect(steps.first == 0 && steps.last == 12_344)
    let gaps = zip(steps.dropFirst(), steps).map { $0 - $1 }
    #expect(gaps.allSatisfy { 12...13 ~= $0 })
    #expect(Thinning.evenly([1, 2, 3], atMost: 3) == [1, 2, 3])
  }
}
