/// A setting of a learner, declared where it is stored.
///
/// ```swift
/// @Setting("Size of an inner step", 0...100, symbol: "α", source: "Finn et al. 2017, appendix A.2")
/// var innerStepSize = 0.1
/// ```
///
/// It is encoded as its value alone.
@propertyWrapper
public struct Setting<Value: Codable & Sendable>: Sendable {
  private var value: Value
  /// Nil once it has been decoded: what a setting means is asked of the defaults.
  private let declaration: SettingDeclaration?
  /// Whether it was set since it was declared.
  fileprivate private(set) var isChosen = false

  /// The value; one that is assigned counts as chosen.
  public var wrappedValue: Value {
    get { value }
    set { (value, isChosen) = (newValue, true) }
  }

  /// Declares a setting by what several learners share.
  public init(wrappedValue: Value, _ declaration: SettingDeclaration) {
    (value, self.declaration) = (wrappedValue, declaration)
  }
}

extension Setting where Value == Int {
  /// Declares a whole number in a range, both ends allowed.
  public init(
    wrappedValue: Int, _ meaning: String, _ range: ClosedRange<Int>, symbol: String? = nil, source: String
  ) {
    self.init(
      wrappedValue: wrappedValue, SettingDeclaration(meaning, .integer(range), symbol: symbol, source: source))
  }
}

extension Setting where Value == Double {
  /// Declares a number from the first to the second, both allowed.
  public init(
    wrappedValue: Double, _ meaning: String, _ range: ClosedRange<Double>, symbol: String? = nil, source: String
  ) {
    self.init(
      wrappedValue: wrappedValue, SettingDeclaration(meaning, .number(range), symbol: symbol, source: source))
  }

  /// Declares a number above the first, up to the second.
  public init(
    wrappedValue: Double, _ meaning: String, above lower: Double, through upper: Double, symbol: String? = nil,
    source: String
  ) {
    self.init(
      wrappedValue: wrappedValue,
      SettingDeclaration(meaning, .numberAbove(lower, through: upper), symbol: symbol, source: source))
  }
}

extension Setting where Value == Bool {
  /// Declares a setting that is true or false.
  public init(wrappedValue: Bool, _ meaning: String, symbol: String? = nil, source: String) {
    self.init(wrappedValue: wrappedValue, SettingDeclaration(meaning, .boolean, symbol: symbol, source: source))
  }
}

extension Setting where Value == [Int] {
  /// Declares a list of whole numbers.
  public init(
    wrappedValue: [Int], _ meaning: String, each range: ClosedRange<Int>, count: ClosedRange<Int>,
    symbol: String? = nil, source: String
  ) {
    self.init(
      wrappedValue: wrappedValue,
      SettingDeclaration(meaning, .integers(each: range, count: count), symbol: symbol, source: source))
  }
}

extension Setting where Value == [Double] {
  /// Declares a list of numbers, with the range of each and of their count.
  public init(
    wrappedValue: [Double], _ meaning: String, each range: ClosedRange<Double>, count: ClosedRange<Int>,
    symbol: String? = nil, source: String
  ) {
    self.init(
      wrappedValue: wrappedValue,
      SettingDeclaration(meaning, .numbers(each: range, count: count), symbol: symbol, source: source))
  }
}

extension Setting where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
  /// Declares one of the words of a type, or of some of them.
  public init(
    wrappedValue: Value, _ meaning: String, oneOf choices: [Value] = Array(Value.allCases), symbol: String? = nil,
    source: String
  ) {
    self.init(
      wrappedValue: wrappedValue,
      SettingDeclaration(meaning, .choice(choices.map(\.rawValue)), symbol: symbol, source: source))
  }
}

extension Setting: Codable {
  /// Reads the bare value; its declaration is not stored.
  public init(from decoder: any Decoder) throws {
    value = try decoder.singleValueContainer().decode(Value.self)
    declaration = nil
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}

/// The meaning of a setting, and its values.
///
/// A class, so that a setting is no larger than its value and a reference.
public final class SettingDeclaration: Sendable {
  /// The meaning, with its unit, as `zoo describe` prints it.
  public let meaning: String
  /// The values that are allowed; others are refused with a message.
  public let range: SettingRange
  /// The paper's symbol, if it has one.
  public let symbol: String?
  /// The source of the default: a paper, code, or our choice.
  public let source: String

  /// Describes a setting.
  public init(_ meaning: String, _ range: SettingRange, symbol: String? = nil, source: String) {
    (self.meaning, self.range, self.symbol, self.source) = (meaning, range, symbol, source)
  }
}

/// The values that a setting can take.
public enum SettingRange: Sendable, Equatable {
  /// A whole number, both ends allowed.
  case integer(ClosedRange<Int>)
  /// A number from the first to the second, both allowed.
  case number(ClosedRange<Double>)
  /// A number above the first, up to the second.
  case numberAbove(Double, through: Double)
  /// A truth value: `true` or `false`.
  case boolean
  /// A word, one of the given ones.
  case choice([String])
  /// A list of whole numbers, with the range of each and of their count.
  case integers(each: ClosedRange<Int>, count: ClosedRange<Int>)
  /// A list of numbers, with the range of each and of their count.
  case numbers(each: ClosedRange<Double>, count: ClosedRange<Int>)
}

/// A setting as it is listed: its name and its declaration.
public struct SettingDescription: Sendable {
  /// The name of the stored property.
  public let key: String
  /// The meaning, with its unit, as `zoo describe` prints it.
  public var meaning: String { declaration.meaning }
  /// The values that are allowed; others are refused with a message.
  public var range: SettingRange { declaration.range }
  /// The paper's symbol, if it has one.
  public var symbol: String? { declaration.symbol }
  /// The source of the default: a paper, code, or our choice.
  public var source: String { declaration.source }

  private let declaration: SettingDeclaration

  fileprivate init(key: String, _ declaration: SettingDeclaration) {
    (self.key, self.declaration) = (key, declaration)
  }
}

/// The settings of a learner: each stored property is a `Setting`.
public protocol LearnerConfiguration: Codable, Sendable {
  /// The defaults.
  init()
}

extension LearnerConfiguration {
  /// The meaning of each setting, in the order of declaration.
  public static var settings: [SettingDescription] {
    Self().wrappers.compactMap { key, setting in
      setting.declared.map { SettingDescription(key: key, $0) }
    }
  }

  /// The names of the settings that were set to something since the configuration was made.
  package var chosenKeys: [String] { wrappers.filter(\.setting.isChosen).map(\.key) }

  private var wrappers: [(key: String, setting: any AnySetting)] {
    Mirror(reflecting: self).children.compactMap { label, value in
      guard let label, let setting = value as? any AnySetting else { return nil }
      // The wrapper of a property is stored under the property's name with a line before it.
      return (String(label.drop { $0 == "_" }), setting)
    }
  }
}

private protocol AnySetting {
  var declared: SettingDeclaration? { get }
  var isChosen: Bool { get }
}

extension Setting: AnySetting {
  fileprivate var declared: SettingDeclaration? { declaration }
}
