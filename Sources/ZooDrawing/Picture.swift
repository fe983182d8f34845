package struct Color: Sendable, Hashable {
  /// From 0 to 255.
  package let red, green, blue: UInt8

  /// The color of a number like 0xD55E00.
  package init(_ number: UInt32) {
    red = UInt8(number >> 16 & 255)
    green = UInt8(number >> 8 & 255)
    blue = UInt8(number & 255)
  }

  package var text: String {
    let digits = String(UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue), radix: 16, uppercase: true)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }

  static let white = Color(0xFFFFFF)
  package static let ink = Color(0x1A1A1A)
  static let softInk = Color(0x5A5A5A)
  static let faint = Color(0xC8C8C8)
  static let blue = Color(0x0072B2)
  static let skyBlue = Color(0x56B4E9)
  static let vermilion = Color(0xD55E00)
  static let yellow = Color(0xF0E442)

  /// The palette of Okabe and Ito, which color-blind readers can tell apart, without its yellow, too pale for lines.
  static let palette = [0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x000000].map { Color($0) }
}

/// A place in a picture, in pixels from the upper left corner.
package struct Spot: Sendable, Hashable {
  /// To the right.
  package var x: Double
  /// Downwards.
  package var y: Double

  package init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// Something drawn; what is drawn later covers what was drawn before.
package enum Mark: Sendable {
  package enum Anchor: String, Sendable {
    case start, middle, end
  }

  /// A line through places, with round ends and corners.
  case line([Spot], color: Color, width: Double)
  case area([Spot], color: Color)
  case disc(Spot, radius: Double, color: Color)
  case ring(Spot, radius: Double, color: Color, width: Double)
  /// A line of text; `at` is on its baseline. Upright text reads upwards.
  case text(
    String, at: Spot, size: Double, color: Color = .ink, anchor: Anchor = .start, isBold: Bool = false,
    isUpright: Bool = false)
}

package struct Picture: Sendable {
  /// In pixels.
  package var width, height: Int
  /// From the back to the front.
  package var marks: [Mark] = []

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }
}

/// A picture that changes with the steps of episodes.
package struct Film: Sendable {
  package var still: Picture
  /// The number of frames, at least one.
  package var frameCount: Int
  package var moving: @Sendable (_ frame: Int) -> [Mark]

  /// A film.
  ///
  /// - Precondition: there is a frame.
  package init(still: Picture, frameCount: Int, moving: @escaping @Sendable (_ frame: Int) -> [Mark]) {
    precondition(frameCount > 0, "a film has a frame")
    (self.still, self.frameCount, self.moving) = (still, frameCount, moving)
  }

  /// The last frame: everything that happened.
  package var last: Picture {
    var picture = still
    picture.marks += moving(frameCount - 1)
    return picture
  }
}
