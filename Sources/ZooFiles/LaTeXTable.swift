/// A table for LaTeX, with the rules of the package booktabs.
package struct LaTeXTable: Sendable {
  package var caption: String
  package var label: String
  package var header: [String]
  /// The rows, as many cells each as the header.
  package var rows: [[String]]

  package init(caption: String, label: String, header: [String], rows: [[String]]) {
    (self.caption, self.label, self.header, self.rows) = (caption, label, header, rows)
  }

  /// The table, to be read with `\input`.
  package var text: String {
    let columns = String(repeating: "r", count: max(0, header.count - 1))
    func line(_ cells: [String]) -> String {
      "    " + cells.map(LaTeXText.cell).joined(separator: " & ") + " \\\\\n"
    }
    return """
      \\begin{table}
        \\centering
        \\caption{\(LaTeXText.escaped(caption))}
        \\label{\(label.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ":") })}
        \\begin{tabular}{l\(columns)}
          \\toprule
      \(line(header))    \\midrule
      \(rows.map(line).joined())    \\bottomrule
        \\end{tabular}
      \\end{table}

      """
  }
}

package enum LaTeXText {
  /// The cell of a table: a number with its minus sign, then its interval in small type; other text is unchanged.
  package static func cell(_ text: String) -> String {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard let number = parts.first, isNumber(number) else { return escaped(text) }
    guard parts.count == 2 else { return "$\(number)$" }
    let ends = parts[1].dropFirst().dropLast().split(separator: ",").map { $0.drop { $0 == " " } }
    guard parts[1].hasPrefix("["), parts[1].hasSuffix("]"), ends.count == 2, ends.allSatisfy({ isNumber($0) })
    else {
      return escaped(text)
    }
    return "$\(number)$ {\\scriptsize $[\(ends[0]), \(ends[1])]$}"
  }

  private static func isNumber(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.unicodeScalars.allSatisfy { ("0"..."9").contains($0) || $0 == "." || $0 == "-" }
      && Double(text) != nil
  }

  /// Text so that it stands for itself; characters that LaTeX's standard fonts lack are written as their numbers.
  package static func escaped(_ text: String) -> String { text.unicodeScalars.map(escaped).joined() }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\\": "\\textbackslash{}"
    case "&", "%", "$", "#", "_", "{", "}": "\\\(scalar)"
    case "~": "\\textasciitilde{}"
    case "^": "\\textasciicircum{}"
    case "<": "\\textless{}"
    case ">": "\\textgreater{}"
    case "|": "\\textbar{}"
    case "\"": "\\textquotedbl{}"
    case "–": "--"
    case "—": "---"
    case "…": "\\ldots{}"
    case "·": "\\textperiodcentered{}"
    case "×": "$\\times$"
    case "²": "$^2$"
    case "±": "$\\pm$"
    // Square brackets at the start of a row would be read as an option of the line break before it.
    case "[", "]": "{\(scalar)}"
    case "\t", "\n", "\r": " "
    case " "..."~": String(scalar)
    case "\u{C0}"..."\u{FF}": String(scalar)
    default: "[U+\(String(scalar.value, radix: 16, uppercase: true))]"
    }
  }
}
