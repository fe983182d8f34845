/// A number as people type it, digit by digit, without a sign.
package struct DecimalLiteral {
  /// The number as the standard library reads it.
  package let text: String
  /// Whether it has neither point nor exponent.
  let isInteger: Bool
  /// The digits without zeros at either end; empty for 0.
  private let digits: Substring
  /// The power of ten that the digits are to be multiplied by.
  private let exponent: Int

  /// Takes a number apart; nil for what is none.
  ///
  /// - Parameters:
  ///   - typed: digits, perhaps with a point and an exponent.
  ///   - allowsBarePoint: whether a point may have digits on one side only.
  ///   - allowsLeadingZeros: whether `007` is a number.
  package init?(_ typed: Substring, allowsBarePoint: Bool, allowsLeadingZeros: Bool = false) {
    func digits(_ text: inout Substring) -> Substring {
      let taken = text.prefix { $0.isASCII && $0.isWholeNumber }
      text = text.dropFirst(taken.count)
      return taken
    }
    var rest = typed
    let whole = digits(&rest)
    var (fraction, hasPoint) = (Substring(), false)
    if rest.first == "." {
      hasPoint = true
      rest.removeFirst()
      fraction = digits(&rest)
      guard !(whole.isEmpty && fraction.isEmpty), allowsBarePoint || !whole.isEmpty && !fraction.isEmpty else {
        return nil
      }
    }
    guard hasPoint || !whole.isEmpty, allowsLeadingZeros || whole.count < 2 || whole.first != "0" else {
      return nil
    }
    var power = 0
    isInteger = !hasPoint && rest.isEmpty
    if rest.first == "e" || rest.first == "E" {
      rest.removeFirst()
      let isNegative = rest.first == "-"
      if isNegative || rest.first == "+" { rest.removeFirst() }
      let size = digits(&rest)
      guard !size.isEmpty else { return nil }
      // Beyond any number of 64 bits, whatever the digits.
      power = min(Int(size) ?? .max, 1 << 40) * (isNegative ? -1 : 1)
    }
    guard rest.isEmpty else { return nil }
    text = "\(whole.isEmpty ? "0" : whole).\(fraction.isEmpty ? "0" : fraction)e\(power)"
    let all = (whole + fraction).drop { $0 == "0" }
    let zeros = all.reversed().prefix { $0 == "0" }.count
    self.digits = all.dropLast(zeros)[...]
    exponent = power - fraction.count + zeros
  }

  /// The whole number that it is, exactly; nil if it is none or 64 bits do not hold it.
  var exactInteger: Int? {
    guard !digits.isEmpty else { return 0 }
    guard exponent >= 0, digits.count + exponent <= 19 else { return nil }
    return Int(digits + String(repeating: "0", count: exponent))
  }

  /// Whether a number that it was rounded to, if that looks like a whole one, is the same.
  func agrees(with rounded: Double) -> Bool {
    guard rounded.rounded() == rounded, rounded < 0x1p63 else { return true }
    return Int(exactly: rounded) == exactInteger
  }

  /// The whole number that a text says, also as 1e6; nil if it says none, or one that 64 bits do not hold.
  package static func integer(in text: String) -> Int? {
    if let number = Int(text) { return number }
    let isNegative = text.hasPrefix("-")
    return DecimalLiteral(
      text.dropFirst(isNegative ? 1 : 0), allowsBarePoint: true, allowsLeadingZeros: true)?
      .exactInteger.map { isNegative ? -$0 : $0 }
  }
}
