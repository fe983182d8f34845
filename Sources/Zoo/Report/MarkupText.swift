/// Text in HTML, SVG and XML.
enum MarkupText {
  /// Text so that it stands for itself, inside elements and inside attributes in quotation marks.
  ///
  /// Characters that XML has no way to write become U+FFFD.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\t", "\n", "\r": escaped.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

/// Text in tables of comma-separated values.
enum CSVText {
  /// A row with a line break; cells that hold commas, quotation marks or line breaks are quoted.
  static func row(_ cells: [String]) -> String {
    cells.map { cell in
      let isPlain = cell.unicodeScalars.allSatisfy { ![",", "\"", "\n", "\r"].contains($0) }
      return isPlain
        ? cell
        : "\""
          + cell.split(separator: "\"", omittingEmptySubsequences: false)
          .joined(separator: "\"\"") + "\""
    }.joined(separator: ",") + "\n"
  }

  /// A number with all its digits; empty if there is none or it is not finite.
  static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "" }
    return "\(value)"
  }
}
