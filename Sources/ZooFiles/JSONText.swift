extension JSONValue {
  /// The value on one line.
  ///
  /// Numbers that are not finite, which JSON does not have, become null.
  public var text: String {
    var text = ""
    write(to: &text, indentation: nil)
    return text
  }

  /// The value over several lines, two spaces a level, ending with a line break.
  ///
  /// Lists of plain values stay on one line.
  public var indentedText: String {
    var text = ""
    write(to: &text, indentation: 0)
    return text + "\n"
  }

  private var isPlain: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  private func write(to text: inout String, indentation: Int?) {
    switch self {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.write(value, to: &text)
    case .array(let values):
      let level = values.allSatisfy(\.isPlain) ? nil : indentation
      Self.write(values, between: ("[", "]"), to: &text, indentation: level) { value, text, inner in
        value.write(to: &text, indentation: inner)
      }
    case .object(let members):
      Self.write(members, between: ("{", "}"), to: &text, indentation: indentation) { member, text, inner in
        Self.write(member.key, to: &text)
        text += inner == nil ? ":" : ": "
        member.value.write(to: &text, indentation: inner)
      }
    }
  }

  private static func write<Element>(
    _ elements: [Element], between brackets: (String, String), to text: inout String, indentation: Int?,
    element: (Element, inout String, Int?) -> Void
  ) {
    text += brackets.0
    let inner = elements.isEmpty ? nil : indentation.map { $0 + 1 }
    for (position, value) in elements.enumerated() {
      if position > 0 { text += "," }
      if let inner { text += "\n" + String(repeating: "  ", count: inner) }
      element(value, &text, inner)
    }
    if let inner { text += "\n" + String(repeating: "  ", count: inner - 1) }
    text += brackets.1
  }

  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
