/// The style that distinguishes a curve, by color, dashes and marks; each alone is sufficient.
package struct CurveStyle: Sendable, Hashable {
  package enum Mark: Int, CaseIterable, Sendable {
    case circle, square, triangle, diamond, flippedTriangle, cross, ring
  }

  package let color: String
  /// The dashes; empty for a full line.
  package let dash: String
  package let mark: Mark
  package let isControl: Bool

  /// The colors of learners: those of Okabe and Ito, which color-blind readers can tell apart, without the yellow, too
  /// pale for lines, and black, which the controls use; then the saturated colors that are
  /// farthest from all others.
  private static let learnerColors = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#54249C", "#6C8400", "#842424", "#FC0CE4",
    "#00CC00", "#0000FC", "#FC0060", "#A890FC", "#FC9C84", "#B40084",
  ]
  /// The colors of controls: grays, then dull colors that are farthest from all others.
  private static let controlColors = [
    "#555555", "#111111", "#8A8A8A", "#54243C", "#247878", "#90B490", "#0C3054", "#243C18",
  ]

  /// The style of a curve that others are compared with: dotted as levels are, and without marks.
  static let reference = CurveStyle(color: "#777777", dash: "1.5 3", mark: .circle, isControl: false)

  private init(color: String, dash: String, mark: Mark, isControl: Bool) {
    (self.color, self.dash, self.mark, self.isControl) = (color, dash, mark, isControl)
  }

  /// The style of a learner among the learners, or of a control among the controls: learners have bright colors, controls
  /// are dull and dashed.
  package init(_ number: Int, isControl: Bool = false) {
    let number = max(0, number)
    self.isControl = isControl
    if isControl {
      let dashes = ["6 4", "2 3", "8 3 2 3", "3 2"]
      color = Self.controlColors[number % Self.controlColors.count]
      dash = dashes[number % dashes.count]
      let marks: [Mark] = [.ring, .cross, .diamond, .square, .flippedTriangle]
      mark = marks[number % marks.count]
    } else {
      let (colors, dashes) = (Self.learnerColors, ["", "12 3", "14 3 3 3"])
      color = colors[number % colors.count]
      // The ring is left to the controls. A mark that comes again comes with other dashes, as a color does.
      let marks = Mark.allCases.dropLast()
      dash = dashes[number / marks.count % dashes.count]
      mark = marks[(number + number / marks.count) % marks.count]
    }
  }

  /// A name as a picture has it: a control's is marked.
  package func title(of name: String) -> String { isControl ? name + " (control)" : name }

  package static func styles(areControls: [Bool]) -> [CurveStyle] {
    var counts = [false: 0, true: 0]
    return areControls.map { isControl in
      defer { counts[isControl, default: 0] += 1 }
      return CurveStyle(counts[isControl, default: 0], isControl: isControl)
    }
  }
}
