package struct TextTable: Sendable {
  package var header: [String]
  /// The rows, as many cells each as the header.
  package var rows: [[String]]

  package init(header: [String], rows: [[String]] = []) { (self.header, self.rows) = (header, rows) }

  /// Columns side by side, two spaces apart.
  package var aligned: String {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].columnCount }.max() ?? 0 }
    return all.map { row in
      let line = row.indices.map { row[$0] + String(repeating: " ", count: widths[$0] - row[$0].columnCount) }
        .joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }

  /// The same with a text below each row, indented and in lines of at most 100 characters.
  package func aligned(withTextBelow texts: [String]) -> String {
    let lines = aligned.split(separator: "\n")
    return lines[0] + "\n"
      + zip(lines.dropFirst(), texts).map { line, text in "\(line)\n\(Self.wrapped(text, width: 98))" }.joined()
  }

  private static func wrapped(_ text: String, width: Int) -> String {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.map { "  \($0)\n" }.joined()
  }

  package var markdown: String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map { $0.split(separator: "|").joined(separator: "\\|") }.joined(separator: " | ") + " |\n"
    }
    return line(header) + line(header.map { _ in "---" }) + rows.map(line).joined()
  }
}
