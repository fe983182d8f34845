/// A table of text.
struct TextTable: Sendable {
  /// The names of the columns.
  var header: [String]
  /// The rows, as many cells each as the header.
  var rows: [[String]] = []

  /// Columns side by side, two spaces apart.
  var aligned: String {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      let line = row.indices.map { row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count) }
        .joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }

  /// The same as Markdown.
  var markdown: String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map { $0.split(separator: "|").joined(separator: "\\|") }.joined(separator: " | ") + " |\n"
    }
    return line(header) + line(header.map { _ in "---" }) + rows.map(line).joined()
  }
}
