/// A figure of a report: the picture, its data, and its caption.
package struct ReportFigure: Sendable {
  /// The name of its files, without the ending.
  package let name: String
  /// The content and how to read it.
  package let caption: String
  package let svg: String
  package let csv: String
  /// Whether it takes the whole width of a page.
  package var isWide = false

  package init(name: String, caption: String, svg: String, csv: String) {
    (self.name, self.caption, self.svg, self.csv) = (name, caption, svg, csv)
  }

  /// The part of a file's name that stands for a family or a metric: what is awkward in names becomes a hyphen.
  package static func fileName(_ parts: String...) -> String {
    parts.map { part in
      String(part.unicodeScalars.map { isPlain($0) ? Character($0) : "-" }).prefix(80)
    }.joined(separator: "-")
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "@", "-", "_": true
    default: false
    }
  }
}
