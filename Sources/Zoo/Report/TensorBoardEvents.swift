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
  /// One number at one step.
  package struct Scalar: Sendable, Hashable {
    /// Where it is on the axis.
    package var step: Int
    /// The number; events keep 32 bits of it.
    package var value: Double

    /// A number at a step.
    package init(step: Int, value: Double) {
      self.step = step
      self.value = value
    }
  }

  /// The most points that a tag has: of more, evenly spaced ones are kept, the first and the last among them.
  package static let mostPoints = 1000

  /// Names and points, in the order they are written.
  package private(set) var tags: [(name: String, points: [Scalar])] = []

  /// No scalars yet.
  package init() {}

  /// Adds the points of a tag, thinned.
  package mutating func add(_ points: [Scalar], under name: String) {
    tags.append((name, Thinning.evenly(points, atMost: Self.mostPoints)))
  }

  /// The file.
  package var data: Data {
    var events = ProtocolBuffer()
    events.add(1, double: 0)
    events.add(3, text: "brain.Event:2")
    var bytes = Self.record(events.bytes)
    for (name, points) in tags {
      for (number, point) in points.enumerated() {
        var value = ProtocolBuffer()
        value.add(1, text: name)
        value.add(2, float: Float(point.value))
        var summary = ProtocolBuffer()
        summary.add(1, message: value)
        var event = ProtocolBuffer()
        event.add(1, double: Double(number))
        event.add(2, integer: point.step)
        event.add(5, message: summary)
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

/// A message of protocol buffers in the making.
private struct ProtocolBuffer {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ field: UInt8, integer: Int) {
    bytes.append(field << 3)
    add(UInt64(bitPattern: Int64(integer)))
  }

  mutating func add(_ field: UInt8, double: Double) {
    bytes.append(field << 3 | 1)
    bytes += double.bitPattern.littleEndianBytes
  }

  mutating func add(_ field: UInt8, float: Float) {
    bytes.append(field << 3 | 5)
    bytes += float.bitPattern.littleEndianBytes
  }

  mutating func add(_ field: UInt8, text: String) { add(field, bytes: Array(text.utf8)) }

  mutating func add(_ field: UInt8, message: ProtocolBuffer) { add(field, bytes: message.bytes) }

  private mutating func add(_ field: UInt8, bytes content: [UInt8]) {
    bytes.append(field << 3 | 2)
    add(UInt64(content.count))
    bytes += content
  }

  /// Seven bits a byte, the lowest first; all bytes but the last have the highest bit set.
  private mutating func add(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}

extension FixedWidthInteger {
  /// The bytes, the lowest first.
  fileprivate var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}

/// Fewer of many.
package enum Thinning {
  /// So many elements at most, evenly spaced, the first and the last among them.
  package static func evenly<Element>(_ elements: [Element], atMost most: Int) -> [Element] {
    guard elements.count > most, most > 1 else { return elements }
    return (0..<most).map { elements[$0 * (elements.count - 1) / (most - 1)] }
  }
}
