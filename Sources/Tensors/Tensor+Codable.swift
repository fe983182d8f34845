extension Tensor: Codable {
  private enum CodingKeys: String, CodingKey { case shape, precision, hexadecimal, archived }

  /// Reads the shape, the precision and the exact bits of a constant, from the text or from a `TensorArchive`.
  ///
  /// - Throws: `DecodingError` if the numbers do not fill the shape, or the archive does not have the tensor.
  public init(from decoder: any Decoder) throws {
    if let archive = decoder.userInfo[TensorArchive.key] as? TensorArchive {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      let name = try container.decode(String.self, forKey: .archived)
      guard let tensor = archive.tensor(named: name) else {
        throw DecodingError.dataCorruptedError(
          forKey: .archived, in: container, debugDescription: "there is no tensor \"\(name)\"")
      }
      self = tensor
      return
    }
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

  /// Writes the shape, the precision and the exact bits, as text or to a `TensorArchive`; the history is not kept.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if let archive = encoder.userInfo[TensorArchive.key] as? TensorArchive {
      let name = encoder.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
      try container.encode(archive.put(detached, named: name), forKey: .archived)
      return
    }
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

extension Tensor {
  /// The bytes of the numbers, row by row, the lowest byte of each first.
  ///
  /// - Complexity: O(count), a copy.
  package var littleEndianBytes: [UInt8] {
    withExtendedLifetime(self) {
      // Every system that this runs on has the lowest byte first.
      Array(UnsafeRawBufferPointer(start: storage.memory, count: count * precision.bytes))
    }
  }

  /// A constant of numbers given as bytes, row by row, the lowest byte of each first.
  ///
  /// - Returns: nil if there are too many bytes for the shape, or too few, or it is not the shape of a tensor.
  package init?(littleEndianBytes bytes: some Collection<UInt8>, shape: [Int], precision: Precision) {
    var count = precision.bytes
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else { return nil }
      count = product
    }
    guard bytes.count == count else { return nil }
    let storage = Storage(shape: shape, precision: precision)
    UnsafeMutableRawBufferPointer(start: storage.memory, count: count).copyBytes(from: bytes)
    self.init(storage)
  }
}
