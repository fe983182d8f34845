/// The cyclic redundancy check of Castagnoli's polynomial, which TensorBoard's records carry.
package enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { (byte: UInt32) in
    (0..<8).reduce(byte) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0x82F6_3B78 : rest >> 1 }
  }

  /// The check of bytes.
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
