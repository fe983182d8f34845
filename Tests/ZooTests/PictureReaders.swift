import Foundation

/// Reads PNG files as the specification says, sharing nothing with what writes them.
struct ReadPNG {
  var width = 0
  var height = 0
  /// Red, green and blue, row by row.
  var pixels: [UInt8] = []

  init?(_ bytes: [UInt8]) {
    guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else { return nil }
    var (place, packed, types): (Int, [UInt8], [String]) = (8, [], [])
    while place + 12 <= bytes.count {
      let length = Self.number(bytes[place..<place + 4])
      guard place + 12 + length <= bytes.count else { return nil }
      let named = bytes[place + 4..<place + 8 + length]
      let body = Array(named.dropFirst(4))
      let sum = Self.number(bytes[place + 8 + length..<place + 12 + length])
      guard sum == Int(Self.remainder(Array(named))) else { return nil }
      types.append(String(decoding: named.prefix(4), as: UTF8.self))
      if types.last == "IHDR" {
        (width, height) = (Self.number(body[0..<4]), Self.number(body[4..<8]))
        guard Array(body[8...]) == [8, 2, 0, 0, 0] else { return nil }
      }
      if types.last == "IDAT" { packed += body }
      place += 12 + length
    }
    guard types.first == "IHDR", types.last == "IEND", place == bytes.count, let rows = inflated(packed),
      rows.count == height * (3 * width + 1)
    else { return nil }
    for row in 0..<height {
      let line = rows[row * (3 * width + 1)..<(row + 1) * (3 * width + 1)]
      guard line.first == 2 else { return nil }
      for (column, value) in line.dropFirst().enumerated() {
        pixels.append(value &+ (row == 0 ? 0 : pixels[(row - 1) * 3 * width + column]))
      }
    }
  }

  func color(_ x: Int, _ y: Int) -> [UInt8] { Array(pixels[3 * (y * width + x)..<3 * (y * width + x) + 3]) }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

  /// The cyclic redundancy check, bit by bit.
  private static func remainder(_ bytes: [UInt8]) -> UInt32 {
    var rest = UInt32.max
    for byte in bytes {
      rest ^= UInt32(byte)
      for _ in 0..<8 { rest = rest & 1 == 1 ? rest >> 1 ^ 0xEDB8_8320 : rest >> 1 }
    }
    return ~rest
  }
}

/// The bytes behind one block of zlib with fixed codes, by the tables of RFC 1951; nil if the check sum is wrong.
func inflated(_ bytes: [UInt8]) -> [UInt8]? {
  var bit = 16
  func next() -> Int {
    defer { bit += 1 }
    return bit / 8 < bytes.count ? Int(bytes[bit / 8] >> (bit % 8) & 1) : 0
  }
  func extra(_ count: Int) -> Int { (0..<count).reduce(0) { $0 | next() << $1 } }
  guard bytes.count > 6, bytes[0] == 0x78, (Int(bytes[0]) << 8 + Int(bytes[1])) % 31 == 0, extra(1) == 1,
    extra(2) == 1
  else { return nil }
  let bases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
    258,
  ]
  let extras = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
  var output: [UInt8] = []
  while bit < 8 * bytes.count {
    var code = (0..<7).reduce(0) { code, _ in code << 1 | next() }
    var symbol = code + 256
    if code > 23 {
      code = code << 1 | next()
      switch code {
      case 48...191: symbol = code - 48
      case 192...199: symbol = code - 192 + 280
      default: symbol = (code << 1 | next()) - 400 + 144
      }
    }
    if symbol == 256 { break }
    guard symbol > 256 else {
      output.append(UInt8(symbol))
      continue
    }
    guard symbol <= 285 else { return nil }
    let length = bases[symbol - 257] + extra(extras[symbol - 257])
    guard (0..<5).reduce(0, { code, _ in code << 1 | next() }) == 0, let last = output.last else { return nil }
    output += [UInt8](repeating: last, count: length)
  }
  var (low, high) = (1, 0)
  for byte in output {
    low = (low + Int(byte)) % 65521
    high = (high + low) % 65521
  }
  let sum = bytes.suffix(4).reduce(0) { $0 << 8 | Int($1) }
  return sum == high << 16 | low && (bit + 7) / 8 == bytes.count - 4 ? output : nil
}

/// Reads GIF files and puts their frames one over the other.
struct ReadGIF {
  var width = 0
  var height = 0
  /// Of each frame in hundredths of a second.
  var delays: [Int] = []
  /// Red, green and blue of each frame, row by row.
  var frames: [[UInt8]] = []

  init?(_ bytes: [UInt8]) {
    guard bytes.count > 781, bytes.starts(with: "GIF89a".utf8), bytes[10] == 0xF7 else { return nil }
    func short(_ place: Int) -> Int { Int(bytes[place]) | Int(bytes[place + 1]) << 8 }
    (width, height) = (short(6), short(8))
    let table = bytes[13..<781]
    var canvas = [UInt8](repeating: 0, count: 3 * width * height)
    var place = 781
    func blocks() -> [UInt8] {
      var body: [UInt8] = []
      while place < bytes.count, bytes[place] > 0 {
        let end = min(place + 1 + Int(bytes[place]), bytes.count)
        body += bytes[place + 1..<end]
        place = end
      }
      place += 1
      return body
    }
    var transparent: UInt8?
    while place < bytes.count, bytes[place] != 0x3B {
      if bytes[place] == 0x21 {
        if bytes[place + 1] == 0xF9 {
          delays.append(short(place + 4))
          transparent = bytes[place + 3] & 1 == 1 ? bytes[place + 6] : nil
        }
        place += 2
        _ = blocks()
        continue
      }
      guard bytes[place] == 0x2C else { return nil }
      let (left, top, columns) = (short(place + 1), short(place + 3), short(place + 5))
      let count = columns * short(place + 7)
      guard bytes[place + 9] == 0, bytes[place + 10] == 8 else { return nil }
      place += 11
      guard let indices = ReadGIF.unpacked(blocks()), indices.count == count else { return nil }
      for (number, index) in indices.enumerated() where index != transparent {
        let pixel = (top + number / columns) * width + left + number % columns
        for channel in 0..<3 { canvas[3 * pixel + channel] = table[13 + 3 * Int(index) + channel] }
      }
      frames.append(canvas)
    }
    guard place == bytes.count - 1 else { return nil }
  }

  /// The indices behind codes of Lempel, Ziv and Welch that begin with nine bits.
  static func unpacked(_ bytes: [UInt8]) -> [UInt8]? {
    var (bit, width, output): (Int, Int, [UInt8]) = (0, 9, [])
    var table: [[UInt8]] = []
    func clear() {
      table = (0..<256).map { [UInt8($0)] } + [[], []]
      width = 9
    }
    clear()
    var before: [UInt8]?
    while bit + width <= 8 * bytes.count {
      let code = (0..<width).reduce(0) { $0 | Int(bytes[(bit + $1) / 8] >> ((bit + $1) % 8) & 1) << $1 }
      bit += width
      if code == 257 { return output }
      if code == 256 {
        clear()
        before = nil
        continue
      }
      var string: [UInt8]
      if code < table.count {
        string = table[code]
      } else {
        guard code == table.count, let before else { return nil }
        string = before + before.prefix(1)
      }
      output += string
      if let before, table.count < 4096 { table.append(before + string.prefix(1)) }
      if table.count == 1 << width, width < 12 { width += 1 }
      before = string
    }
    return nil
  }
}
