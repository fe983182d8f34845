/// A message to or from a worker: a byte for the kind, the length as four bytes, and the contents.
///
/// Numbers have their lowest byte first. `worker.py` says which contents go with which kind.
struct Frame: Equatable {
  enum Kind: UInt8 {
    case hello = 0x68
    case descriptors = 0x64
    case reset = 0x72
    case step = 0x73
    case problem = 0x65
    case working = 0x77
  }

  static let headerSize = 5
  static let mostBytes = 1 << 28

  var kind: Kind
  var contents: [UInt8]

  var bytes: [UInt8] {
    var bytes = [kind.rawValue]
    bytes.reserveCapacity(Self.headerSize + contents.count)
    bytes.append(word: UInt32(contents.count))
    return bytes + contents
  }

  /// The kind and the length that a header names; nil if there is no such frame.
  static func header(_ bytes: ArraySlice<UInt8>) -> (kind: Kind, length: Int)? {
    guard bytes.count == headerSize, let first = bytes.first, let kind = Kind(rawValue: first) else { return nil }
    let length = Int(bytes.word(at: bytes.startIndex + 1))
    return length <= mostBytes ? (kind, length) : nil
  }
}

extension [UInt8] {
  mutating func append(word: UInt32) {
    for shift in stride(from: 0, to: 32, by: 8) { append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
  }
}

extension RandomAccessCollection<UInt8> where Index == Int {
  func word(at place: Int) -> UInt32 {
    UInt32(self[place]) | UInt32(self[place + 1]) << 8 | UInt32(self[place + 2]) << 16 | UInt32(self[place + 3])
      << 24
  }

  /// Numbers from a place on, four bytes each.
  func floats(at place: Int, count: Int) -> [Float] {
    (0..<count).map { Float(bitPattern: word(at: place + 4 * $0)) }
  }
}
