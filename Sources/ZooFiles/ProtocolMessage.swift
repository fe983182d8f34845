/// A message in the wire format of protocol buffers.
package struct ProtocolMessage: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func add(_ field: Int, _ number: Int) {
    key(field, wireType: 0)
    variable(UInt64(bitPattern: Int64(number)))
  }

  /// Appends a number of 32 bits.
  package mutating func add(_ field: Int, _ number: Float) {
    key(field, wireType: 5)
    bytes += Self.littleEndian(number)
  }

  /// Appends a number of 64 bits.
  package mutating func add(_ field: Int, _ number: Double) {
    key(field, wireType: 1)
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
  }

  package mutating func add(_ field: Int, _ part: [UInt8]) {
    key(field, wireType: 2)
    variable(UInt64(part.count))
    bytes += part
  }

  package mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  package mutating func add(_ field: Int, _ message: ProtocolMessage) { add(field, message.bytes) }

  /// The bytes of a number, the lowest first.
  package static func littleEndian(_ number: Float) -> [UInt8] {
    (0..<4).map { UInt8(number.bitPattern >> (8 * $0) & 255) }
  }

  private mutating func key(_ field: Int, wireType: Int) { variable(UInt64(field << 3 | wireType)) }

  /// Seven bits a byte, the lowest first; the highest bit of a byte says that more follow.
  private mutating func variable(_ number: UInt64) {
    var rest = number
    while rest > 127 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
