/// The Secure Hash Algorithm with a digest of 256 bits (FIPS 180-4, section 6.2).
package struct SHA256 {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var byteCount = 0

  package init() {}

  /// The digest of bytes, in 64 hexadecimal digits.
  package static func digest(of bytes: some Sequence<UInt8>) -> String {
    var hash = SHA256()
    hash.update(Array(bytes)[...])
    return hash.finished()
  }

  package mutating func update(_ bytes: ArraySlice<UInt8>) {
    byteCount += bytes.count
    var bytes = bytes
    if !pending.isEmpty {
      let missing = bytes.prefix(64 - pending.count)
      pending += missing
      bytes = bytes.dropFirst(missing.count)
      guard pending.count == 64 else { return }
      pending.withUnsafeBytes { absorb($0) }
      pending.removeAll(keepingCapacity: true)
    }
    let whole = bytes.count / 64 * 64
    bytes.prefix(whole).withUnsafeBytes { absorb($0) }
    pending += bytes.dropFirst(whole)
  }

  /// The digest of all bytes, in 64 hexadecimal digits.
  package consuming func finished() -> String {
    let bits = UInt64(byteCount) &* 8
    let zeros = (119 - pending.count) % 64
    var tail: [UInt8] = [0x80] + [UInt8](repeating: 0, count: zeros)
    tail += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
    update(tail[...])
    return state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// Takes in whole blocks of 64 bytes.
  private mutating func absorb(_ bytes: UnsafeRawBufferPointer) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
      for block in stride(from: 0, to: bytes.count, by: 64) {
        for t in 0..<16 {
          schedule[t] = UInt32(
            bigEndian: bytes.loadUnaligned(fromByteOffset: block + 4 * t, as: UInt32.self))
        }
        for t in 16..<64 {
          let (x, y) = (schedule[t - 15], schedule[t - 2])
          let first = Self.rotate(x, 7) ^ Self.rotate(x, 18) ^ x >> 3
          let second = Self.rotate(y, 17) ^ Self.rotate(y, 19) ^ y >> 10
          schedule[t] = schedule[t - 16] &+ first &+ schedule[t - 7] &+ second
        }
        compress(UnsafeBufferPointer(schedule))
      }
    }
  }

  private mutating func compress(_ schedule: UnsafeBufferPointer<UInt32>) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    Self.constants.withUnsafeBufferPointer { constants in
      for t in 0..<64 {
        let second = Self.rotate(e, 6) ^ Self.rotate(e, 11) ^ Self.rotate(e, 25)
        let choice = e & f ^ ~e & g
        let one = h &+ second &+ choice &+ constants[t] &+ schedule[t]
        let first = Self.rotate(a, 2) ^ Self.rotate(a, 13) ^ Self.rotate(a, 22)
        let two = first &+ (a & b ^ a & c ^ b & c)
        (h, g, f, e, d, c, b, a) = (g, f, e, d &+ one, c, b, a, one &+ two)
      }
    }
    for (place, word) in [a, b, c, d, e, f, g, h].enumerated() { state[place] = state[place] &+ word }
  }

  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

  private static let constants: [UInt32] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
  ]
}
