package struct Raster: Sendable, Equatable {
  /// In pixels.
  package let width, height: Int
  /// Red, green and blue of each pixel, row by row from the top.
  package private(set) var pixels: [UInt8]
  /// The share of each pixel that the current mark covers; 0 between marks.
  private var coverage: [Float]
  private let scale: Double

  /// Draws a picture, every one of its pixels as `scale` by `scale` pixels.
  package init(_ picture: Picture, scale: Int = 1) {
    (width, height) = (picture.width * scale, picture.height * scale)
    self.scale = Double(scale)
    pixels = [UInt8](repeating: 255, count: 3 * width * height)
    coverage = [Float](repeating: 0, count: width * height)
    for mark in picture.marks { draw(mark) }
  }

  package mutating func draw(_ mark: Mark) {
    switch mark {
    case .line(let places, let color, let width): line(places.map(scaled), width * scale / 2, color)
    case .area(let places, let color): area(places.map(scaled), color)
    case .disc(let center, let radius, let color):
      let reach = radius * scale
      round(scaled(center), reach, color) { $0 - reach }
    case .ring(let center, let radius, let color, let width):
      let (middle, half) = (radius * scale, width * scale / 2)
      round(scaled(center), middle + half, color) { abs($0 - middle) - half }
    case .text(let text, let spot, let size, let color, let anchor, let isBold, let isUpright):
      let strokes = StrokeFont.strokes(
        text, at: spot, size: size, color: color, anchor: anchor, isBold: isBold, isUpright: isUpright)
      for stroke in strokes { draw(stroke) }
    }
  }

  package subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
    let place = 3 * (y * width + x)
    return (pixels[place], pixels[place + 1], pixels[place + 2])
  }

  private func scaled(_ spot: Spot) -> Spot { Spot(spot.x * scale, spot.y * scale) }

  /// The whole pixels from `lower` to `upper`, with a margin; empty outside the picture.
  private func span(_ lower: Double, _ upper: Double, within size: Int) -> Range<Int> {
    let limit = Double(size)
    let first = Int(min(max(lower.rounded(.down), 0), limit))
    return first..<max(first, Int(min(max(upper.rounded(.up), 0), limit)))
  }

  private mutating func round(
    _ center: Spot, _ reach: Double, _ color: Color, _ distance: (_ fromCenter: Double) -> Double
  ) {
    let columns = span(center.x - reach - 1, center.x + reach + 1, within: width)
    let rows = span(center.y - reach - 1, center.y + reach + 1, within: height)
    for y in rows {
      for x in columns {
        let (dx, dy) = (Double(x) + 0.5 - center.x, Double(y) + 0.5 - center.y)
        let share = 0.5 - distance((dx * dx + dy * dy).squareRoot())
        coverage[y * width + x] = Float(min(max(share, 0), 1))
      }
    }
    blend(color, rows, columns)
  }

  private mutating func line(_ places: [Spot], _ radius: Double, _ color: Color) {
    guard let first = places.first else { return }
    var (rows, columns) = (height..<height, width..<width)
    for (from, to) in zip(places, places.dropFirst() + (places.count == 1 ? [first] : [])) {
      let here = span(min(from.y, to.y) - radius - 1, max(from.y, to.y) + radius + 1, within: height)
      let there = span(min(from.x, to.x) - radius - 1, max(from.x, to.x) + radius + 1, within: width)
      rows =
        min(
          rows.lowerBound, here.lowerBound)..<(rows.isEmpty
        ? here.upperBound : max(rows.upperBound, here.upperBound))
      columns =
        min(
          columns.lowerBound, there.lowerBound)..<(columns.isEmpty
        ? there.upperBound : max(columns.upperBound, there.upperBound))
      cover(from, to, radius, here, there)
    }
    blend(color, rows, columns)
  }

  private mutating func cover(_ from: Spot, _ to: Spot, _ radius: Double, _ rows: Range<Int>, _ columns: Range<Int>)
  {
    let (dx, dy) = (to.x - from.x, to.y - from.y)
    let squaredLength = dx * dx + dy * dy
    for y in rows {
      for x in columns {
        let (px, py) = (Double(x) + 0.5 - from.x, Double(y) + 0.5 - from.y)
        let along = squaredLength > 0 ? min(max((px * dx + py * dy) / squaredLength, 0), 1) : 0
        let (ax, ay) = (px - along * dx, py - along * dy)
        let share = radius + 0.5 - (ax * ax + ay * ay).squareRoot()
        let place = y * width + x
        // Segments of one line overlap where they meet: the line covers once.
        if share > 0 { coverage[place] = max(coverage[place], Float(min(share, 1))) }
      }
    }
  }

  private mutating func area(_ places: [Spot], _ color: Color) {
    let rows = span(places.map(\.y).min() ?? 0, places.map(\.y).max() ?? 0, within: height)
    let columns = span(places.map(\.x).min() ?? 0, places.map(\.x).max() ?? 0, within: width)
    let linesPerRow = 4
    for line in 0..<rows.count * linesPerRow {
      let y = Double(rows.lowerBound) + (Double(line) + 0.5) / Double(linesPerRow)
      var crossings: [Double] = []
      for (a, b) in zip(places, places.dropFirst() + places.prefix(1)) where (a.y <= y) != (b.y <= y) {
        crossings.append(a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x))
      }
      crossings.sort()
      let start = (rows.lowerBound + line / linesPerRow) * width
      for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
        for x in span(crossings[pair], crossings[pair + 1], within: width) {
          let inside = min(crossings[pair + 1], Double(x + 1)) - max(crossings[pair], Double(x))
          coverage[start + x] += Float(max(inside, 0)) / Float(linesPerRow)
        }
      }
    }
    blend(color, rows, columns)
  }

  /// Lays a color over what is there, and clears the coverage.
  private mutating func blend(_ color: Color, _ rows: Range<Int>, _ columns: Range<Int>) {
    let channels = [color.red, color.green, color.blue].map { Float($0) }
    for y in rows {
      for place in y * width + columns.lowerBound..<y * width + columns.upperBound where coverage[place] > 0 {
        // Few levels keep the number of colors small, which a GIF needs.
        let share = (min(coverage[place], 1) * 16).rounded() / 16
        coverage[place] = 0
        for channel in 0..<3 {
          let before = Float(pixels[3 * place + channel])
          pixels[3 * place + channel] = UInt8((before + share * (channels[channel] - before)).rounded())
        }
      }
    }
  }
}
