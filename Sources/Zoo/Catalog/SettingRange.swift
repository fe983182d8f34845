import MetaRL

struct RangeError: Error {
  /// The nearest value that is, as it would be typed; nil if nothing is near.
  let nearest: String?
}

extension SettingRange {
  /// "a whole number from 1 to 10".
  package var inWords: String {
    switch self {
    case .integer(let range): "a whole number \(Self.between(range))"
    case .number(let range): "a number \(Self.between(range))"
    case .numberAbove(let lower, let upper):
      "a number above \(NumberText.plain(lower)) up to \(NumberText.plain(upper))"
    case .boolean: "true or false"
    case .choice(let words): "one of " + words.joined(separator: ", ")
    case .integers(let each, let count):
      "\(Self.between(count)) whole numbers, each \(Self.between(each)), as in 64,64"
    case .numbers(let each, let count):
      "\(Self.between(count)) numbers, each \(Self.between(each)), as in 0.1,0.2"
    }
  }

  package func contains(_ value: JSONValue) -> Bool {
    switch self {
    case .integer(let range): value.integerValue.map(range.contains) ?? false
    case .number(let range): value.numberValue.map(range.contains) ?? false
    case .numberAbove(let lower, let upper): value.numberValue.map { $0 > lower && $0 <= upper } ?? false
    case .boolean: if case .boolean = value { true } else { false }
    case .choice(let words): value.stringValue.map(words.contains) ?? false
    case .integers(let each, let count):
      value.arrayValue.map { list in
        count.contains(list.count) && list.allSatisfy { $0.integerValue.map(each.contains) ?? false }
      } ?? false
    case .numbers(let each, let count):
      value.arrayValue.map { list in
        count.contains(list.count) && list.allSatisfy { $0.numberValue.map(each.contains) ?? false }
      } ?? false
    }
  }

  func value(from text: String) throws -> JSONValue {
    let value = Self.read(text, as: self)
    if let value, contains(value) { return value }
    throw RangeError(nearest: nearest(to: text))
  }

  private static func read(_ text: String, as range: Self) -> JSONValue? {
    switch range {
    case .integer: return DecimalLiteral.integer(in: text).map { .integer($0) }
    case .number, .numberAbove: return Double(text).flatMap { $0.isFinite ? .number($0) : nil }
    case .boolean: return ["true": true, "yes": true, "false": false, "no": false][text].map { .boolean($0) }
    case .choice: return .string(text)
    case .integers(let each, _): return list(text) { read($0, as: .integer(each)) }
    case .numbers(let each, _): return list(text) { read($0, as: .number(each)) }
    }
  }

  private static func list(_ text: String, element: (String) -> JSONValue?) -> JSONValue? {
    var inner = Substring(text)
    if inner.hasPrefix("["), inner.hasSuffix("]") { inner = inner.dropFirst().dropLast() }
    if inner.isEmpty { return .array([]) }
    let parts = inner.split(separator: ",", omittingEmptySubsequences: false)
    let values = parts.compactMap { element(String($0.filter { $0 != " " })) }
    return values.count == parts.count ? .array(values) : nil
  }

  /// The nearest allowed value, as it would be typed; nil for what is no number where one is due.
  private func nearest(to text: String) -> String? {
    switch self {
    case .integer(let range):
      guard let number = Double(text), !number.isNaN else { return nil }
      return String(min(max(Int(min(max(number.rounded(), -1e18), 1e18)), range.lowerBound), range.upperBound))
    case .number(let range):
      guard let number = Double(text), !number.isNaN else { return nil }
      return NumberText.plain(min(max(number, range.lowerBound), range.upperBound))
    case .numberAbove(_, let upper):
      // There is no least number above a bound.
      guard let number = Double(text), number > upper else { return nil }
      return NumberText.plain(upper)
    case .boolean: return nearestName(to: text, among: ["true", "false"])
    case .choice(let words): return nearestName(to: text, among: words)
    case .integers(let each, let count):
      return Self.fit(text, count) { SettingRange.integer(each).nearest(to: $0) }
    case .numbers(let each, let count):
      return Self.fit(text, count) { SettingRange.number(each).nearest(to: $0) }
    }
  }

  private static func fit(_ text: String, _ count: ClosedRange<Int>, element: (String) -> String?) -> String? {
    let typed = text.filter { !"[] ".contains($0) }.split(separator: ",").prefix(count.upperBound)
    var parts = typed.compactMap { element(String($0)) }
    guard let last = parts.last, parts.count == typed.count else { return nil }
    while parts.count < count.lowerBound { parts.append(last) }
    return parts.joined(separator: ",")
  }

  private static func between(_ range: ClosedRange<Int>) -> String {
    if range.lowerBound == range.upperBound { return "\(range.lowerBound)" }
    return range.upperBound == .max
      ? "from \(range.lowerBound) up" : "from \(range.lowerBound) to \(range.upperBound)"
  }

  private static func between(_ range: ClosedRange<Double>) -> String {
    switch (range.lowerBound.isFinite, range.upperBound.isFinite) {
    case (true, true): "from \(NumberText.plain(range.lowerBound)) to \(NumberText.plain(range.upperBound))"
    case (true, false): "from \(NumberText.plain(range.lowerBound)) up"
    case (false, true): "up to \(NumberText.plain(range.upperBound))"
    case (false, false): "of any size"
    }
  }
}
