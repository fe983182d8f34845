/// Animated pictures in the graphics interchange format, version 89a.
package enum GIF {
  /// A file that repeats for ever.
  ///
  /// - Parameters:
  ///   - film: what is shown; every frame but the first holds only what has changed.
  ///   - delay: hundredths of a second that a frame is shown.
  ///   - lastDelay: hundredths of a second that the last frame is shown.
  ///   - isInterrupted: whether to stop; asked before each frame.
  /// - Returns: the bytes.
  /// - Throws: `InterruptedError`.
  package static func data(
    _ film: Film, delay: Int, lastDelay: Int, isInterrupted: () -> Bool = { false }
  ) throws -> [UInt8] {
    let still = Raster(film.still)
    func frame(_ number: Int) -> Raster {
      var raster = still
      for mark in film.moving(number) { raster.draw(mark) }
      return raster
    }
    var palette = Palette(of: [frame(film.frameCount / 2), frame(film.frameCount - 1)])
    var bytes = Array("GIF89a".utf8) + littleEndian(still.width) + littleEndian(still.height)
    // A table of 256 colors for all frames; the ground is the first of them; pixels are square.
    bytes += [0xF7, 0, 0] + palette.table
    bytes += [0x21, 0xFF, 11] + Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]
    var shown: Raster?
    for number in 0..<film.frameCount {
      guard !isInterrupted() else { throw InterruptedError() }
      let raster = frame(number)
      bytes += image(raster, over: shown, &palette, number == film.frameCount - 1 ? lastDelay : delay)
      shown = raster
    }
    return bytes + [0x3B]
  }

  private static func littleEndian(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8 & 255)] }

  /// One frame: the rectangle that has changed, and in it nothing where nothing has.
  private static func image(
    _ raster: Raster, over before: Raster?, _ palette: inout Palette, _ delay: Int
  ) -> [UInt8] {
    let (rows, columns) = changed(raster, before)
    var indices: [UInt8] = []
    indices.reserveCapacity(rows.count * columns.count)
    for y in rows {
      for x in columns {
        let color = raster[x, y]
        let isSame = before.map { $0[x, y] == color } ?? false
        indices.append(isSame ? Palette.transparent : palette.index(of: Palette.key(color)))
      }
    }
    // What was drawn stays; one index is transparent.
    let control: [UInt8] = [0x21, 0xF9, 4, 0x05] + littleEndian(delay) + [Palette.transparent, 0]
    let place = [columns.lowerBound, rows.lowerBound, columns.count, rows.count].flatMap(littleEndian)
    return control + [0x2C] + place + [0] + encoded(indices)
  }

  private static func changed(_ raster: Raster, _ before: Raster?) -> (rows: Range<Int>, columns: Range<Int>) {
    guard let before else { return (0..<raster.height, 0..<raster.width) }
    var (top, bottom, left, right) = (raster.height, -1, raster.width, -1)
    for y in 0..<raster.height {
      for x in 0..<raster.width where raster[x, y] != before[x, y] {
        (top, bottom, left, right) = (min(top, y), max(bottom, y), min(left, x), max(right, x))
      }
    }
    // A frame holds at least a pixel.
    return bottom < 0 ? (0..<1, 0..<1) : (top..<bottom + 1, left..<right + 1)
  }

  /// Indices of eight bits by the variable-length codes of Lempel, Ziv and Welch, in blocks of up to 255 bytes.
  package static func encoded(_ indices: [UInt8]) -> [UInt8] {
    let (clear, end, last) = (256, 257, 4095)
    var bits = BitWriter()
    var (next, width) = (258, 9)
    // The code of a known string and one more index; 0 where there is none.
    var codes = [UInt16](repeating: 0, count: 256 << 12)
    var used: [Int] = []
    bits.write(clear, count: width)
    var prefix: Int?
    for index in indices {
      guard let known = prefix else {
        prefix = Int(index)
        continue
      }
      let key = known << 8 | Int(index)
      if codes[key] != 0 {
        prefix = Int(codes[key])
        continue
      }
      bits.write(known, count: width)
      prefix = Int(index)
      if next <= last {
        codes[key] = UInt16(next)
        used.append(key)
        if next == 1 << width { width += 1 }
        next += 1
      } else {
        bits.write(clear, count: width)
        for key in used { codes[key] = 0 }
        used.removeAll(keepingCapacity: true)
        (next, width) = (258, 9)
      }
    }
    if let prefix { bits.write(prefix, count: width) }
    // The reader has added a string for the last code, too.
    if next == 1 << width, width < 12 { width += 1 }
    bits.write(end, count: width)
    bits.flush()
    return [8] + blocks(bits.bytes)
  }

  private static func blocks(_ bytes: [UInt8]) -> [UInt8] {
    stride(from: 0, to: bytes.count, by: 255).flatMap { start in
      let block = bytes[start..<min(start + 255, bytes.count)]
      return [UInt8(block.count)] + block
    } + [0]
  }
}

/// Up to 255 colors, and a place for none.
private struct Palette {
  /// The index that leaves a pixel as it was.
  static let transparent: UInt8 = 255
  private var colors: [UInt32]
  private var indices: [UInt32: UInt8]
  private var recent: (key: UInt32, index: UInt8)

  init(of pictures: [Raster]) {
    var counts: [UInt32: Int] = [:]
    for picture in pictures {
      for place in stride(from: 0, to: picture.pixels.count, by: 3) {
        let key = Self.key((picture.pixels[place], picture.pixels[place + 1], picture.pixels[place + 2]))
        counts[key, default: 0] += 1
      }
    }
    colors = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(255).map(\.key)
    indices = Dictionary(uniqueKeysWithValues: colors.enumerated().map { ($1, UInt8($0)) })
    recent = (colors[0], 0)
  }

  static func key(_ color: (red: UInt8, green: UInt8, blue: UInt8)) -> UInt32 {
    UInt32(color.red) << 16 | UInt32(color.green) << 8 | UInt32(color.blue)
  }

  /// The table of a file: 256 colors.
  var table: [UInt8] {
    let bytes = colors.flatMap { [UInt8($0 >> 16 & 255), UInt8($0 >> 8 & 255), UInt8($0 & 255)] }
    return bytes + [UInt8](repeating: 0, count: 768 - bytes.count)
  }

  mutating func index(of key: UInt32) -> UInt8 {
    if key == recent.key { return recent.index }
    if indices[key] == nil {
      let nearest = colors.indices.min { distance(colors[$0], key) < distance(colors[$1], key) } ?? 0
      indices[key] = UInt8(nearest)
    }
    recent = (key, indices[key] ?? 0)
    return recent.index
  }

  private func distance(_ a: UInt32, _ b: UInt32) -> Int {
    [16, 8, 0].reduce(0) { sum, shift in
      let difference = Int(a >> UInt32(shift) & 255) - Int(b >> UInt32(shift) & 255)
      return sum + difference * difference
    }
  }
}
