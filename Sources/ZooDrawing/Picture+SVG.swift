extension Picture {
  package func svg(title: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
    font-family="DejaVu Sans, Helvetica, Arial, sans-serif">
    <title>\(Self.escaped(title))</title>
    <rect width="\(width)" height="\(height)" fill="#FFFFFF"/>
    \(marks.map(Self.element).joined())</svg>

    """
  }

  private static func element(_ mark: Mark) -> String {
    switch mark {
    case .line(let places, let color, let width):
      return "<polyline points=\"\(list(places))\" fill=\"none\" stroke=\"\(color.text)\" "
        + "stroke-width=\"\(number(width))\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/>\n"
    case .area(let places, let color):
      return "<polygon points=\"\(list(places))\" fill=\"\(color.text)\"/>\n"
    case .disc(let center, let radius, let color):
      return "<circle \(place(center, "cx", "cy")) r=\"\(number(radius))\" fill=\"\(color.text)\"/>\n"
    case .ring(let center, let radius, let color, let width):
      return "<circle \(place(center, "cx", "cy")) r=\"\(number(radius))\" fill=\"none\" "
        + "stroke=\"\(color.text)\" stroke-width=\"\(number(width))\"/>\n"
    case .text(let text, let spot, let size, let color, let anchor, let isBold, let isUpright):
      let position =
        isUpright
        ? "transform=\"translate(\(number(spot.x)) \(number(spot.y))) rotate(-90)\"" : place(spot, "x", "y")
      return "<text \(position) font-size=\"\(number(size))\" fill=\"\(color.text)\""
        + (anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\"")
        + (isBold ? " font-weight=\"bold\"" : "") + ">\(escaped(text))</text>\n"
    }
  }

  private static func place(_ spot: Spot, _ x: String, _ y: String) -> String {
    "\(x)=\"\(number(spot.x))\" \(y)=\"\(number(spot.y))\""
  }

  private static func list(_ places: [Spot]) -> String {
    places.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
  }

  /// Two digits after the point at most.
  private static func number(_ value: Double) -> String {
    var text = NumberText.fixed(value, decimals: 2)[...]
    guard text.contains(".") else { return String(text) }
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return String(text)
  }

  private static func escaped(_ text: String) -> String {
    text.map { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      default: String(character)
      }
    }.joined()
  }
}
