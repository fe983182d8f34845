/// Scalable vector graphics, drawn from the back to the front.
struct SVGCanvas {
  private let width: Double
  private let height: Double
  private var body = ""

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  func document(title: String, description: String = "") -> String {
    let (w, h) = (Self.number(width), Self.number(height))
    let more = description.isEmpty ? "" : "<desc>\(Self.escaped(description))</desc>\n"
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(w)" height="\(h)" viewBox="0 0 \(w) \(h)" \
      role="img" aria-label="\(Self.escaped(title))" font-family="DejaVu Sans, Verdana, Helvetica, Arial, sans-serif">
      <title>\(Self.escaped(title))</title>
      \(more)<rect width="\(w)" height="\(h)" fill="#FFFFFF"/>
      \(body)</svg>

      """
  }

  mutating func text(
    _ text: String, x: Double, y: Double, size: Double, color: String = "#111111", weight: String = "normal",
    anchor: String = "start"
  ) {
    body += "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" font-size=\"\(Self.number(size))\" "
    body += "font-weight=\"\(weight)\" text-anchor=\"\(anchor)\" fill=\"\(color)\">"
    body += "\(Self.escaped(text))</text>\n"
  }

  /// Adds text that is cut to a width, all of which is shown where the pointer rests on it.
  mutating func text(_ text: String, x: Double, y: Double, size: Double, anchor: String, fitting width: Double) {
    let short = Self.cut(text, to: width, size: size)
    let whole = short == text ? "" : "<title>\(Self.escaped(text))</title>"
    body += "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" font-size=\"\(Self.number(size))\" "
    body += "text-anchor=\"\(anchor)\" fill=\"#111111\">\(whole)\(Self.escaped(short))</text>\n"
  }

  /// Adds text that reads upwards, its middle at a point.
  mutating func upright(_ text: String, x: Double, y: Double, size: Double) {
    body += "<text transform=\"translate(\(Self.number(x)) \(Self.number(y))) rotate(-90)\" "
    body +=
      "font-size=\"\(Self.number(size))\" text-anchor=\"middle\" fill=\"#111111\">\(Self.escaped(text))</text>\n"
  }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, color: String, dash: String = "", width: Double = 1
  ) {
    let dashes = dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
    body += "<line x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" x2=\"\(Self.number(x2))\" "
    body += "y2=\"\(Self.number(y2))\" stroke=\"\(color)\" stroke-width=\"\(Self.number(width))\"\(dashes)/>\n"
  }

  mutating func frame(_ x: Double, _ y: Double, _ width: Double, _ height: Double) {
    body += "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" "
    body += "height=\"\(Self.number(height))\" fill=\"none\" stroke=\"#333333\"/>\n"
  }

  mutating func box(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, color: String, opacity: Double = 1
  ) {
    body += "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" "
    body += "height=\"\(Self.number(height))\" fill=\"\(color)\" fill-opacity=\"\(opacity)\"/>\n"
  }

  mutating func dot(_ x: Double, _ y: Double, radius: Double, color: String, opacity: Double) {
    body += "<circle class=\"dot\" cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" "
    body += "r=\"\(Self.number(radius))\" fill=\"\(color)\" fill-opacity=\"\(opacity)\"/>\n"
  }

  /// Adds the area between a lower and an upper curve.
  mutating func band(
    _ points: [(x: Double, lower: Double, upper: Double)], color: String, opacity: Double
  ) {
    guard points.count > 1 else { return }
    let around = points.map { ($0.x, $0.upper) } + points.reversed().map { ($0.x, $0.lower) }
    body +=
      "<polygon class=\"band\" points=\"\(Self.list(around))\" fill=\"\(color)\" fill-opacity=\"\(opacity)\"/>\n"
  }

  mutating func curve(
    _ points: [(Double, Double)], style: CurveStyle, marksMiddleOnly: Bool = false, hasMarks: Bool = true
  ) {
    guard !points.isEmpty else { return }
    let dashes = style.dash.isEmpty ? "" : " stroke-dasharray=\"\(style.dash)\""
    body += "<polyline points=\"\(Self.list(points))\" fill=\"none\" stroke=\"\(style.color)\" "
    body += "stroke-width=\"2\" stroke-linejoin=\"round\"\(dashes)/>\n"
    guard hasMarks else { return }
    // Marks on every point of a long curve would hide it.
    let every = Array(stride(from: 0, to: points.count, by: max(1, (points.count + 14) / 15)))
    for number in marksMiddleOnly ? [points.count / 2] : every { mark(style, at: points[number]) }
  }

  mutating func mark(_ style: CurveStyle, at point: (Double, Double)) {
    let (x, y) = point
    func polygon(_ corners: [(Double, Double)]) -> String {
      "<polygon points=\"\(Self.list(corners.map { (x + $0.0, y + $0.1) }))\" fill=\"\(style.color)\" "
        + "stroke=\"#FFFFFF\" stroke-width=\"0.75\"/>\n"
    }
    func circle(_ fill: String, _ stroke: String, _ width: String) -> String {
      "<circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"4\" fill=\"\(fill)\" stroke=\"\(stroke)\" "
        + "stroke-width=\"\(width)\"/>\n"
    }
    switch style.mark {
    case .circle: body += circle(style.color, "#FFFFFF", "0.75")
    case .ring: body += circle("#FFFFFF", style.color, "1.8")
    case .square: body += polygon([(-3.7, -3.7), (3.7, -3.7), (3.7, 3.7), (-3.7, 3.7)])
    case .triangle: body += polygon([(0, -4.8), (4.6, 3.6), (-4.6, 3.6)])
    case .flippedTriangle: body += polygon([(0, 4.8), (4.6, -3.6), (-4.6, -3.6)])
    case .diamond: body += polygon([(0, -5.2), (5.2, 0), (0, 5.2), (-5.2, 0)])
    case .cross:
      body += "<path d=\"M\(Self.number(x - 4)) \(Self.number(y - 4))l8 8m0 -8l-8 8\" stroke=\"\(style.color)\" "
      body += "stroke-width=\"2.2\" fill=\"none\"/>\n"
    }
  }

  private static func list(_ points: [(Double, Double)]) -> String {
    points.map { "\(number($0.0)),\(number($0.1))" }.joined(separator: " ")
  }

  private static func number(_ value: Double) -> String { NumberText.fixed(value, decimals: 1) }

  private static func escaped(_ text: String) -> String { MarkupText.escaped(text) }
}

extension SVGCanvas {
  /// About how wide text is, in pixels, in the widest of the fonts that a picture may be shown in.
  static func width(of text: String, size: Double) -> Double {
    text.unicodeScalars.reduce(0) { $0 + width(of: $1) } * size
  }

  private static func width(of scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "l", "j", "I", ".", ",", ":", ";", "'", "|", "!", " ", "t", "f", "r", "(", ")", "[", "]": 0.41
    case "m", "w", "M", "W", "@", "%", "–", "—": 1
    case "A"..."Z", "_", "+", "=", "<", ">", "~": 0.8
    case "\u{1100}"...: 1.1
    default: 0.65
    }
  }

  /// Text that is no wider than the given number of pixels; truncated text ends with an ellipsis.
  static func cut(_ text: String, to width: Double, size: Double) -> String {
    guard Self.width(of: text, size: size) > width else { return text }
    var (kept, room) = ("", width - 0.65 * size)
    for character in text {
      room -= Self.width(of: String(character), size: size)
      guard room >= 0 else { break }
      kept.append(character)
    }
    return kept + "…"
  }
}
