/// Adaptation curves in characters, 80 columns wide, or as wide as a terminal that is narrower.
package struct TerminalPlot {
  package typealias Curve = (name: String, points: [(episode: Int, value: Double)])

  private let curves: [Curve]
  private let probes: [Int]
  private let anchors: [(name: String, value: Double)]
  private let references: [Curve]
  private let columns: Int
  private let rows = 16

  /// A plot of one family.
  ///
  /// - Parameters:
  ///   - curves: one a learner.
  ///   - probes: the numbers of episodes of experience at which there are values.
  ///   - anchors: returns to compare with, drawn where that does not squeeze the curves.
  ///   - references: curves to compare with, drawn likewise, with stars.
  ///   - width: the columns that there are.
  package init(
    _ curves: [Curve], probes: [Int], anchors: [(name: String, value: Double)], references: [Curve] = [],
    width: Int? = nil
  ) {
    (self.curves, self.probes, self.anchors) = (curves, probes, anchors.filter(\.value.isFinite))
    self.references = references
    columns = max(8, 56 - max(0, 80 - (width ?? 80)))
  }

  private static let colors = [34, 33, 32, 35, 36, 31, 90, 94, 93, 92, 95, 96]

  /// The plot, a line break after each line.
  package func text(hasColor: Bool) -> String {
    let values = curves.flatMap { $0.points.map(\.value) }
    let isNear = Self.nearness(to: values)
    let drawn = anchors.filter { isNear($0.value) }
    let isDrawn = references.map { $0.points.allSatisfy { isNear($0.value) } }
    let curves = self.curves + zip(references, isDrawn).filter(\.1).map(\.0)
    let vertical = PlotScale(
      holding: curves.flatMap { $0.points.map(\.value) } + drawn.map(\.value), count: 4)
    let longest = Double(max(1, probes.last ?? 1))
    var canvas = BrailleCanvas(columns: columns, rows: rows)
    var names: [Int: String] = [:]
    for anchor in drawn {
      names[canvas.level(atHeight: vertical.place(anchor.value))] = anchor.name
    }
    for (number, curve) in curves.enumerated() {
      let points = curve.points.map { (x: Double($0.episode) / longest, y: vertical.place($0.value)) }
      for (start, end) in zip(points, points.dropFirst()) { canvas.line(from: start, to: end, color: number) }
    }
    // Letters stand above all lines, the first learner's above the others'; on a long curve only now and then, each
    // learner's at their own places.
    let distance = max(1, probes.count / 8)
    for (number, curve) in curves.enumerated().reversed() {
      for (position, point) in curve.points.enumerated() where (position + number) % distance == 0 {
        canvas.letter(
          letter(number), x: Double(point.episode) / longest, y: vertical.place(point.value),
          color: number)
      }
    }
    return frame(canvas, vertical, names, hasColor: hasColor)
      + legend(
        curves,
        beyond: anchors.filter { !isNear($0.value) }.map { "\($0.name) \(NumberText.short($0.value))" }
          + zip(references, isDrawn).filter { !$0.1 }.map { reference, _ in
            let ends = [reference.points.first, reference.points.last].compactMap { $0?.value }
            return "\(reference.name) \(ends.map(NumberText.short).joined(separator: " to "))"
          }, hasColor: hasColor)
  }

  /// Whether a value can be drawn without squeezing the curves.
  private static func nearness(to values: [Double]) -> (Double) -> Bool {
    let (lowest, highest) = (values.min() ?? 0, values.max() ?? 0)
    let reach = max(highest - lowest, 1e-9) * 0.75
    return { $0 > lowest - reach && $0 < highest + reach }
  }

  /// A learner's letter, or the star of a reference.
  private func letter(_ number: Int) -> Character {
    guard number < curves.count else { return "*" }
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return letters[number % letters.count]
  }

  private static func colored(_ text: String, _ number: Int?, _ hasColor: Bool) -> String {
    guard hasColor, let number else { return text }
    return "\u{1B}[\(colors[number % colors.count])m\(text)\u{1B}[0m"
  }

  private func frame(
    _ canvas: BrailleCanvas, _ vertical: PlotScale, _ names: [Int: String], hasColor: Bool
  ) -> String {
    var labels = [String](repeating: "", count: rows)
    for tick in vertical.ticks {
      labels[Int(((1 - vertical.place(tick)) * Double(rows - 1)).rounded())] = vertical.label(tick)
    }
    let width = max(7, labels.map(\.count).max() ?? 0)
    let margin = String(repeating: " ", count: width)
    var text = "\(margin) adapted return, mean over seeds and tasks\n"
    for row in 0..<rows {
      let label = String(repeating: " ", count: width - labels[row].count) + labels[row]
      let cells = canvas.cells(inRow: row).map { Self.colored(String($0.character), $0.color, hasColor) }
      let line = label + (labels[row].isEmpty ? " │" : " ┤") + cells.joined()
      text += (names[row].map { line + " " + $0 } ?? line.trimmingEnd) + "\n"
    }
    let longest = max(1, probes.last ?? 1)
    var axis = [Character](repeating: "─", count: columns)
    var numbers = [Character](repeating: " ", count: columns + 6)
    for probe in PlotScale.episodeTicks(for: probes).reversed() {
      let column = Int((Double(probe) / Double(longest) * Double(columns - 1)).rounded())
      axis[column] = "┬"
      write("\(probe)", at: column, into: &numbers)
    }
    text += margin + " └" + String(axis) + "\n" + margin + "  " + String(numbers).trimmingEnd + "\n"
    return text + margin + "  episodes of experience in the task (k)\n"
  }

  /// Writes a number below its mark unless it would touch another.
  private func write(_ number: String, at column: Int, into line: inout [Character]) {
    let digits = Array(number)
    let start = max(0, column - (digits.count - 1) / 2)
    let surroundings = max(0, start - 1)..<min(line.count, start + digits.count + 1)
    guard start + digits.count <= line.count, line[surroundings].allSatisfy({ $0 == " " }) else { return }
    line.replaceSubrange(start..<start + digits.count, with: digits)
  }

  private func legend(_ curves: [Curve], beyond: [String], hasColor: Bool) -> String {
    var lines = [" "]
    for (number, curve) in curves.enumerated() {
      let entry = "\(letter(number)) \(curve.name)"
      if let last = lines.last, last.count + entry.count + 3 > columns + 22 { lines.append(" ") }
      lines[lines.count - 1] += "  " + entry
    }
    var text = lines.map { $0 + "\n" }.joined()
    if hasColor {
      for (number, curve) in curves.enumerated() {
        let letter = String(letter(number))
        text = text.replacingFirst(
          "\(letter) \(curve.name)", with: Self.colored("\(letter) \(curve.name)", number, true))
      }
    }
    for reference in beyond { text += "   beyond the plot: \(reference)\n" }
    return text
  }
}

extension String {
  /// Without the spaces at the end.
  fileprivate var trimmingEnd: String { String(reversed().drop { $0 == " " }.reversed()) }

  /// With the first occurrence of some text replaced.
  fileprivate func replacingFirst(_ text: String, with other: String) -> String {
    guard let found = firstRange(of: text) else { return self }
    return replacingCharacters(in: found, with: other)
  }

  private func firstRange(of text: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }

  private func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
    self[..<range.lowerBound] + text + self[range.upperBound...]
  }
}
