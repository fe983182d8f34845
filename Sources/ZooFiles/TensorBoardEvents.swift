#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The scalars of one run as a file of events, which TensorBoard reads.
///
/// The bytes depend on the scalars alone. Events need a time on the clock, and runs keep none: the time of a scalar is
/// its number in seconds.
package struct TensorBoardEvents: Sendable {
  package struct Scalar: Sendable, Hashable {
    package var step: Int
    /// The number; events keep 32 bits of it.
    package var value: Double

    package init(step: Int, value: Double) {
      self.step = step
      self.value = value
    }
  }

  /// The most points that a tag has: of more, evenly spaced ones are kept, the first and the last among them.
  package static let mostPoints = 1000

  /// Names and points, in the order they are written.
  package private(set) var tags: [(name: String, points: [Scalar])] = []

  package init() {}

  /// Adds the points of a tag, thinned.
  package mutating func add(_ points: [Scalar], under name: String) {
    tags.append((name, Thinning.evenly(points, atMost: Self.mostPoints)))
  }

  package var data: Data {
    var events = ProtocolMessage()
    events.add(1, 0.0 as Double)
    events.add(3, "brain.Event:2")
    var bytes = Self.record(events.bytes)
    for (name, points) in tags {
      for (number, point) in points.enumerated() {
        var value = ProtocolMessage()
        value.add(1, name)
        value.add(2, Float(point.value))
        var summary = ProtocolMessage()
        summary.add(1, value)
        var event = ProtocolMessage()
        event.add(1, Double(number))
        event.add(2, point.step)
        event.add(5, summary)
        bytes += Self.record(event.bytes)
      }
    }
    return Data(bytes)
  }

  /// A record: its length, the length's check, what it holds, and the check of that.
  package static func record(_ content: [UInt8]) -> [UInt8] {
    let length = UInt64(content.count).littleEndianBytes
    return length + CRC32C.masked(of: length).littleEndianBytes + content
      + CRC32C.masked(of: content).littleEndianBytes
  }
}

extension FixedWidthInteger {
  /// The bytes, the lowest first.
  fileprivate var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}

package enum Thinning {
  /// At most N elements, evenly spaced, including the first and the last.
  package static func evenly<Element>(_ elements: [Element], atMost most: Int) -> [Element] {
    guard elements.count > most, most > 1 else { return elements }
    return (0..<most).map { elements[$0 * (elements.count - 1) / (most - 1)] }
  }
}

/// The cyclic redundancy check of Castagnoli's polynomial, which TensorBoard's records carry.
package enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { (byte: UInt32) in
    (0..<8).reduce(byte) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0x82F6_3B78 : rest >> 1 }
  }

  package static func check(of bytes: some Sequence<UInt8>) -> UInt32 {
    let table = table
    return ~bytes.reduce(~0) { rest, byte in rest >> 8 ^ table[Int((rest ^ UInt32(byte)) & 0xFF)] }
  }

  /// The check turned and shifted, as records have it, so that a record that holds checks has a sound one itself.
  package static func masked(of bytes: some Sequence<UInt8>) -> UInt32 {
    let check = check(of: bytes)
    return (check >> 15 | check << 17) &+ 0xA282_EAD8
  }
}
