/// How one curve is told from the others, by colour, dashes and marks, so that any one of them is enough.
package struct CurveStyle: Sendable, Hashable {
  /// The shapes of marks.
  package enum Mark: Int, CaseIterable, Sendable {
    case circle, square, triangle, diamond, flippedTriangle, cross, ring
  }

  /// The colour, as in a style sheet.
  package let color: String
  /// The dashes; empty for a full line.
  package let dash: String
  /// The shape of the marks.
  package let mark: Mark
  /// Whose curve it is.
  package let role: LearnerCard.Role

  /// The style of the curve of a number.
  package init(_ number: Int) { self.init(role: .learner, number: number) }

  /// The style of a learner among those of its role: learners have colours, controls are grey and dashed.
  package init(role: LearnerCard.Role, number: Int) {
    let number = max(0, number)
    self.role = role
    switch role {
    case .learner:
      // The palette of Okabe and Ito, which colour-blind readers can tell apart, without its yellow, too pale for
      // lines, and its black, which is left to the controls.
      let colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
      let dashes = ["", "12 3", "14 3 3 3"]
      color = colors[number % colors.count]
      dash = dashes[number / colors.count % dashes.count]
      // A colour that comes again comes with another mark. The ring is left to the controls, too.
      let marks = Mark.allCases.dropLast()
      mark = marks[(number + number / colors.count) % marks.count]
    case .control:
      let colors = ["#555555", "#111111", "#8A8A8A"]
      let dashes = ["6 4", "2 3", "8 3 2 3", "3 2"]
      color = colors[number % colors.count]
      dash = dashes[number % dashes.count]
      let marks: [Mark] = [.ring, .cross, .diamond, .square, .flippedTriangle]
      mark = marks[number % marks.count]
    }
  }

  /// A name as a picture has it: a control's is marked.
  func title(of name: String) -> String { role == .control ? name + " (control)" : name }

  /// The styles of learners, in order.
  package static func styles(of roles: [LearnerCard.Role]) -> [CurveStyle] {
    var (learners, controls) = (0, 0)
    return roles.map { role in
      switch role {
      case .learner:
        learners += 1
        return CurveStyle(role: role, number: learners - 1)
      case .control:
        controls += 1
        return CurveStyle(role: role, number: controls - 1)
      }
    }
  }
}
