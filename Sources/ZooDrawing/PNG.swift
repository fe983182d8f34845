/// Portable network graphics, after the second edition of the specification (ISO/IEC 15948).
package enum PNG {
  package static func data(_ raster: Raster) -> [UInt8] {
    var header = bigEndian(UInt32(raster.width)) + bigEndian(UInt32(raster.height))
    // Eight bits a channel, red, green and blue; the only compression and filter method there are; not interlaced.
    header += [8, 2, 0, 0, 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
      + chunk("IDAT", compressed(filtered(raster))) + chunk("IEND", [])
  }

  /// Every row as its difference from the one above: most of a drawing becomes zeros.
  private static func filtered(_ raster: Raster) -> [UInt8] {
    let (size, pixels) = (3 * raster.width, raster.pixels)
    var bytes: [UInt8] = []
    bytes.reserveCapacity((size + 1) * raster.height)
    for row in 0..<raster.height {
      bytes.append(2)
      for place in row * size..<(row + 1) * size {
        bytes.append(pixels[place] &- (row > 0 ? pixels[place - size] : 0))
      }
    }
    return bytes
  }

  private static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
    let named = Array(type.utf8) + body
    return bigEndian(UInt32(body.count)) + named + bigEndian(checksum(named))
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }

  /// The cyclic redundancy check of the specification's annex D.
  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 255)] ^ $0 >> 8 }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 1 ? 0xEDB8_8320 ^ rest >> 1 : rest >> 1 }
  }

  /// Bytes in the format of zlib (RFC 1950), in one block with fixed codes (RFC 1951), where runs of one byte are short.
  package static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    var bits = BitWriter()
    bits.bytes = [0x78, 0x01]
    bits.write(1, count: 1)
    bits.write(1, count: 2)
    var place = 0
    while place < bytes.count {
      var run = 1
      while run < 259, place + run < bytes.count, bytes[place + run] == bytes[place] { run += 1 }
      literal(Int(bytes[place]), &bits)
      place += 1
      guard run > 3 else { continue }
      match(run - 1, &bits)
      place += run - 1
    }
    literal(256, &bits)
    bits.flush()
    var (low, high): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      low = (low + UInt32(byte)) % 65521
      high = (high + low) % 65521
    }
    return bits.bytes + bigEndian(high << 16 | low)
  }

  /// A symbol of the fixed code, its first bit first.
  private static func literal(_ symbol: Int, _ bits: inout BitWriter) {
    switch symbol {
    case ..<144: bits.writeReversed(0x30 + symbol, count: 8)
    case ..<256: bits.writeReversed(0x190 + symbol - 144, count: 9)
    case ..<280: bits.writeReversed(symbol - 256, count: 7)
    default: bits.writeReversed(0xC0 + symbol - 280, count: 8)
    }
  }

  /// Repeats the byte before, from 3 to 258 times.
  private static func match(_ length: Int, _ bits: inout BitWriter) {
    if length == 258 {
      literal(285, &bits)
    } else {
      // Lengths come in groups of four codes, each group with one more extra bit than the group before.
      var (extra, rest) = (0, length - 3)
      while rest >> extra >= 8 { extra += 1 }
      literal(257 + 4 * extra + rest >> extra, &bits)
      rest &= (1 << extra) - 1
      bits.write(rest, count: extra)
    }
    // Distance 1 is the first of 30 codes of five bits.
    bits.write(0, count: 5)
  }
}

/// Bytes filled from their lowest bit on.
struct BitWriter {
  var bytes: [UInt8] = []
  private var pending = 0
  private var count = 0

  /// Appends bits, the lowest first.
  mutating func write(_ value: Int, count new: Int) {
    pending |= value << count
    count += new
    while count >= 8 {
      bytes.append(UInt8(pending & 255))
      pending >>= 8
      count -= 8
    }
  }

  /// Appends bits, the highest first.
  mutating func writeReversed(_ value: Int, count: Int) {
    for bit in (0..<count).reversed() { write(value >> bit & 1, count: 1) }
  }

  /// Fills the last byte with zeros.
  mutating func flush() {
    if count > 0 { write(0, count: 8 - count) }
  }
}
