extension Tensor: Codable {
  private enum CodingKeys: String, CodingKey { case shape, precision, hexadecimal }

  /// Reads the shape, the precision and the exact bits of a constant.
  ///
  /// - Throws: `DecodingError` if the numbers do not fill the shape.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let shape = try container.decode([Int].self, forKey: .shape)
    let precision = try container.decode(Precision.self, forKey: .precision)
    let text = try container.decode(String.self, forKey: .hexadecimal)
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else {
        throw DecodingError.dataCorruptedError(
          forKey: .shape, in: container, debugDescription: "\(shape) is not the shape of a tensor")
      }
      count = product
    }
    let digits = precision.bytes * 2
    guard let bits = parse(text, digitsPerNumber: digits), bits.count == count else {
      throw DecodingError.dataCorruptedError(
        forKey: .hexadecimal, in: container,
        debugDescription: "a tensor of shape \(shape) needs \(count) numbers of \(digits) hexadecimal digits")
    }
    switch precision {
    case .float: self.init(bits.map { Float(bitPattern: UInt32($0)) }, shape: shape)
    case .double: self.init(bits.map { Double(bitPattern: $0) }, shape: shape, precision: .double)
    }
  }

  /// Writes the shape, the precision and the exact bits; the history is not kept.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(shape, forKey: .shape)
    try container.encode(precision, forKey: .precision)
    let bits: [UInt64] =
      switch precision {
      case .float: floats.map { UInt64($0.bitPattern) }
      case .double: doubles.map(\.bitPattern)
      }
    try container.encode(format(bits, digitsPerNumber: precision.bytes * 2), forKey: .hexadecimal)
  }
}

private func format(_ numbers: [UInt64], digitsPerNumber: Int) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  text.reserveCapacity(numbers.count * digitsPerNumber)
  for number in numbers {
    for place in (0..<digitsPerNumber).reversed() { text.append(digits[Int(number >> (4 * UInt64(place)) & 15)]) }
  }
  return String(decoding: text, as: UTF8.self)
}

private func parse(_ text: String, digitsPerNumber: Int) -> [UInt64]? {
  var numbers: [UInt64] = []
  var (number, place) = (UInt64(0), 0)
  for byte in text.utf8 {
    guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
    number = number << 4 | UInt64(digit)
    place += 1
    if place == digitsPerNumber {
      numbers.append(number)
      (number, place) = (0, 0)
    }
  }
  return place == 0 ? numbers : nil
}
