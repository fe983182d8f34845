/// A font of straight strokes, for pictures of pixels.
enum StrokeFont {
  /// The strokes of a line of text, as marks.
  ///
  /// Characters that the font does not have are boxes.
  static func strokes(
    _ text: String, at spot: Spot, size: Double, color: Color, anchor: Mark.Anchor, isBold: Bool, isUpright: Bool
  ) -> [Mark] {
    let unit = size * 0.0875
    let glyphs = text.map { Self.strokes[$0] ?? "0a4a4i0i0a" }.map(Self.parsed)
    let widths = glyphs.map { (strokes: [[(x: Double, y: Double)]]) in
      // A space has no strokes.
      (strokes.joined().map(\.x).max() ?? 1.5) + 2.2
    }
    let total = (widths.reduce(0, +) - 2.2) * unit
    var start: Double =
      switch anchor {
      case .start: 0
      case .middle: -total / 2
      case .end: -total
      }
    var marks: [Mark] = []
    for (glyph, width) in zip(glyphs, widths) {
      for stroke in glyph {
        let places = stroke.map { point in
          let (right, down) = (start + point.x * unit, (point.y - 8) * unit)
          return isUpright ? Spot(spot.x + down, spot.y - right) : Spot(spot.x + right, spot.y + down)
        }
        marks.append(.line(places, color: color, width: unit * (isBold ? 1.6 : 1.1)))
      }
      start += width * unit
    }
    return marks
  }

  /// A point is a digit, its place to the right, and a letter, its row: a is the top of capitals, i the line that
  /// letters stand on.
  private static func parsed(_ glyph: String) -> [[(x: Double, y: Double)]] {
    glyph.split(separator: " ").map { stroke in
      let values = Array(stroke.utf8)
      return stride(from: 0, to: values.count - 1, by: 2).map {
        (Double(values[$0]) - Double(UInt8(ascii: "0")), Double(values[$0 + 1]) - Double(UInt8(ascii: "a")))
      }
    }
  }

  private static let strokes: [Character: String] = [
    " ": "", "A": "0i3a6i 1f5f", "B": "0a0i4i5h5f4e0e 4e5d5b4a0a", "C": "6b5a2a0c0g2i5i6h", "D": "0a0i3i5g5c3a0a",
    "E": "4a0a0i4i 0e3e", "F": "4a0a0i 0e3e", "G": "6b5a2a0c0g2i5i6h6e4e", "H": "0a0i 5a5i 0e5e", "I": "0a0i",
    "J": "3a3h2i1i0h", "K": "0a0i 5a0f 2d5i", "L": "0a0i4i", "M": "0i0a3f6a6i", "N": "0i0a5i5a",
    "O": "2a0c0g2i4i6g6c4a2a", "P": "0i0a4a5b5d4e0e", "Q": "2a0c0g2i4i6g6c4a2a 4g6i",
    "R": "0i0a4a5b5d4e0e 3e5i", "S": "5b4a1a0b0c1d4e5f5h4i1i0h", "T": "0a6a 3a3i", "U": "0a0h1i4i5h5a",
    "V": "0a3i6a", "W": "0a2i4c6i8a", "X": "0a5i 5a0i", "Y": "0a3e6a 3e3i", "Z": "0a5a0i5i",
    "a": "4d4i 4e3d1d0e0h1i3i4h", "b": "0a0i 0e1d3d4e4h3i1i0h", "c": "4e3d1d0e0h1i3i4h",
    "d": "4a4i 4e3d1d0e0h1i3i4h", "e": "0f4f4e3d1d0e0h1i3i4h", "f": "3a2a1b1i 0d3d",
    "g": "4d4k3l1l0k 4e3d1d0e0h1i3i4h", "h": "0a0i 0e1d3d4e4i", "i": "0d0i 0a0a", "j": "1d1k0l 1a1a",
    "k": "0a0i 4d0g 1f4i", "l": "0a0i", "m": "0d0i 0e1d2d3e3i 3e4d5d6e6i", "n": "0d0i 0e1d3d4e4i",
    "o": "1d0e0h1i3i4h4e3d1d", "p": "0d0l 0e1d3d4e4h3i1i0h", "q": "4d4l 4e3d1d0e0h1i3i4h", "r": "0d0i 0e1d2d",
    "s": "4e3d1d0e1f3f4g4h3i1i0h", "t": "1b1h2i3i 0d3d", "u": "0d0h1i3i4h 4d4i", "v": "0d2i4d",
    "w": "0d2i3e4i6d", "x": "0d4i 4d0i", "y": "0d2i 4d1l", "z": "0d4d0i4i", "0": "1a0b0h1i3i4h4b3a1a",
    "1": "1c3a3i", "2": "0b1a3a4b4d0i4i", "3": "0b1a3a4b4d3e1e 3e4f4h3i1i0h", "4": "3i3a0f4f",
    "5": "4a0a0d3d4e4h3i1i0h", "6": "4b3a1a0b0h1i3i4h4f3e1e0f", "7": "0a4a1i",
    "8": "1a0b0d1e3e4d4b3a1a 1e0f0h1i3i4h4f3e", "9": "0h1i3i4h4b3a1a0b0d1e3e4d", ".": "0i0i", ",": "1h0j",
    ":": "0e0e 0i0i", ";": "1e1e 1h0j", "-": "0f3f", "–": "0f5f", "−": "0f4f", "+": "0f4f 2d2h", "=": "0e4e 0g4g",
    "/": "0i4a", "(": "2a0d0g2j", ")": "0a2d2g0j", "[": "2a0a0j2j", "]": "0a2a2j0j",
    "%": "0i5a 0a1a1b0b0a 4h5h5i4i4h", "·": "0f0f", "→": "0f6f 4d6f4h", "_": "0j5j", "'": "0a0b", "\"": "0a0b 2a2b",
    "!": "0a0f 0i0i", "?": "0b1a3a4b4c2e2f 2i2i", "<": "4d0f4h", ">": "0d4f0h", "#": "1a1i 3a3i 0d4d 0g4g",
    "*": "2a2e 0b4d 4b0d", "&": "5i1c1b2a3a4b4c0f0h1i3i5f", "±": "0e4e 2c2g 0i4i", "×": "0d4h 4d0h", "|": "0a0k",
    "@": "5g4g4e3d2d1e1f2g3g4f 4g5g6f6d5b4a2a0c0g2i4i",
  ]
}
