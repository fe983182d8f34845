/// Text in HTML, SVG and XML.
package enum MarkupText {
  /// Text so that it stands for itself, inside elements and inside attributes in quotation marks.
  ///
  /// Characters that XML has no way to write become U+FFFD.
  package static func escaped(_ text: String) -> String {
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
package enum CSVText {
  /// A row with a line break; cells that hold commas, quotation marks or line breaks are quoted.
  package static func row(_ cells: [String]) -> String {
    cells.map { cell in
      let isPlain = cell.unicodeScalars.allSatisfy { ![",", "\"", "\n", "\r"].contains($0) }
      return isPlain
        ? cell
        : "\""
          + cell.split(separator: "\"", omittingEmptySubsequences: false)
          .joined(separator: "\"\"") + "\""
    }.joined(separator: ",") + "\n"
  }

  package static func table(_ header: [String], _ rows: [[String]]) -> String {
    ([header] + rows).map(row).joined()
  }

  /// A number with all its digits; empty if there is none or it is not finite.
  package static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "" }
    return "\(value)"
  }

  package static func numbers(_ value: Double, _ interval: ClosedRange<Double>?) -> [String] {
    [number(value), number(interval?.lowerBound), number(interval?.upperBound)]
  }
}

/// Tables of comma-separated values (RFC 4180), with line breaks that every tool reads.
package enum CSV {
  /// A table of rows of JSON: a column a key, in the order in which keys first come.
  ///
  /// The members of an object become separate columns, `metrics.loss` for instance. A missing value is empty.
  ///
  /// - Parameters:
  ///   - parts: read the rows, part by part and twice, so that no more than one part has to be held as values.
  ///   - first: the first columns, which are there even if there are no rows.
  /// - Returns: the text.
  /// - Throws: what reading throws.
  package static func table(_ parts: [() throws -> [JSONValue]], columns first: [String]) throws -> String {
    var columns = first
    var places = Dictionary(uniqueKeysWithValues: first.enumerated().map { ($1, $0) })
    for part in parts {
      for row in try part() {
        for (key, _) in flattened(row) where places[key] == nil {
          places[key] = columns.count
          columns.append(key)
        }
      }
    }
    var text = CSVText.row(columns)
    for part in parts {
      for row in try part() {
        var cells = [String](repeating: "", count: columns.count)
        // A file may have been added to between the two readings.
        for (key, value) in flattened(row) { if let place = places[key] { cells[place] = cell(value) } }
        text += CSVText.row(cells)
      }
    }
    return text
  }

  private static func flattened(_ row: JSONValue) -> [(String, JSONValue)] {
    (row.members ?? []).flatMap { member -> [(String, JSONValue)] in
      guard case .object = member.value else { return [(member.key, member.value)] }
      return flattened(member.value).map { ("\(member.key).\($0.0)", $0.1) }
    }
  }

  private static func cell(_ value: JSONValue) -> String {
    switch value {
    case .null: ""
    case .string(let text): text
    default: value.text
    }
  }
}
