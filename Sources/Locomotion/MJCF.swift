/// An element of a model's text, in the engine's format (MJCF).
struct MJCF: Sendable {
  enum Value: Sendable, ExpressibleByStringLiteral, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByBooleanLiteral
  {
    case word(String)
    /// Numbers, written so that reading them gives the same bits.
    case numbers([Double])

    init(stringLiteral value: String) { self = .word(value) }
    init(floatLiteral value: Double) { self = .numbers([value]) }
    init(integerLiteral value: Int) { self = .numbers([Double(value)]) }
    init(arrayLiteral elements: Double...) { self = .numbers(elements) }
    init(booleanLiteral value: Bool) { self = .word(value ? "true" : "false") }

    fileprivate var text: String {
      switch self {
      case .word(let word): word
      // Some attributes refuse a whole number with a decimal point.
      case .numbers(let numbers):
        numbers.map { number in Int(exactly: number).map { "\($0)" } ?? "\(number)" }.joined(separator: " ")
      }
    }
  }

  var name: String
  var attributes: [(key: String, value: Value)]
  var children: [MJCF]

  init(_ name: String, _ attributes: KeyValuePairs<String, Value> = [:], _ children: [MJCF] = []) {
    self.name = name
    self.attributes = attributes.map { ($0.key, $0.value) }
    self.children = children
  }

  var text: String {
    let start = "<" + name + attributes.map { " \($0.key)=\"\($0.value.text)\"" }.joined()
    return children.isEmpty ? start + "/>" : start + ">" + children.map(\.text).joined() + "</\(name)>"
  }

  /// The number of elements of a name, this one and all descendants.
  func count(_ name: String) -> Int {
    (self.name == name ? 1 : 0) + children.reduce(0) { $0 + $1.count(name) }
  }
}

extension MJCF {
  /// A body at a place in its parent.
  static func body(_ name: String, at position: Value, _ children: [MJCF]) -> MJCF {
    MJCF("body", ["name": .word(name), "pos": position], children)
  }

  static func motor(_ joint: String, gear: Double, limit: Double = 1) -> MJCF {
    MJCF(
      "motor",
      [
        "joint": .word(joint), "gear": .numbers([gear]), "ctrllimited": true,
        "ctrlrange": .numbers([-limit, limit]),
      ])
  }

  /// A slide or a turn of a whole robot, without friction or limits.
  static func root(
    _ name: String, _ kind: String, axis: Value, at position: Value = [0, 0, 0], reference: Double = 0
  )
    -> MJCF
  {
    MJCF(
      "joint",
      [
        "name": .word(name), "type": .word(kind), "axis": axis, "pos": position, "ref": .numbers([reference]),
        "armature": 0, "damping": 0, "stiffness": 0, "limited": false,
      ])
  }
}
