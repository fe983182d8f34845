import MetaRL

/// The origin of a setting's value.
public enum SettingOrigin: String, Codable, Sendable {
  /// The default of the learner's type.
  case `default`
  /// The catalog entry, a variant of a learner.
  case preset
  /// A paper, as a file of settings says.
  case paper
  /// A file of settings.
  case file
  /// The command line.
  case flag
}

/// A setting that cannot be what it was said to be.
public struct SettingError: Error, CustomStringConvertible, Equatable {
  /// The setting, the error, and the valid values.
  public let description: String
}

/// The settings of one learner: what each means, its value, and where the value comes from.
public struct Settings: Sendable {
  /// One setting with its value.
  public struct Entry: Sendable {
    /// The meaning.
    public let setting: SettingDescription
    /// The value.
    public internal(set) var value: JSONValue
    /// The origin of the value.
    public internal(set) var origin: SettingOrigin
    /// The place in the paper, if it comes from one, or the group of families of the file.
    public internal(set) var source: String?
  }

  /// The settings, in the order that the learner shows them.
  public private(set) var entries: [Entry]

  /// The defaults of a kind of learner, with what a catalog entry changes.
  ///
  /// - Throws: `SettingError` if the declared settings do not match the stored properties.
  public init<C: LearnerConfiguration>(_ type: C.Type, preset: (inout C) -> Void = { _ in }) throws {
    let problems = settingProblems(of: type)
    guard problems.isEmpty else { throw SettingError(description: problems.joined(separator: "; ")) }
    var configuration = C()
    let defaults = try JSONValue(encoding: configuration)
    preset(&configuration)
    let changed = try JSONValue(encoding: configuration)
    entries = C.settings.compactMap { setting in
      guard let value = changed[setting.key] else { return nil }
      let isDefault = value == defaults[setting.key]
      return Entry(setting: setting, value: value, origin: isDefault ? .default : .preset)
    }
  }

  /// The names of the settings.
  public var keys: [String] { entries.map(\.setting.key) }

  /// The origin of a setting's value; nil if there is no such setting.
  public func origin(of key: String) -> SettingOrigin? {
    entries.first { $0.setting.key == key }?.origin
  }

  /// Lays a value over a setting.
  ///
  /// - Parameters:
  ///   - key: the name of the setting.
  ///   - text: the value as typed: a number, a word, or a list as in `64,64`.
  ///   - origin: where it comes from.
  ///   - source: the place in the paper, if it comes from one, or the group of families of the file.
  /// - Throws: `SettingError` that names the nearest key, or the nearest value or an example.
  public mutating func set(
    _ key: String, to text: String, origin: SettingOrigin = .flag, source: String? = nil
  ) throws {
    guard let position = keys.firstIndex(of: key) else {
      throw SettingError(description: unknownKey(key, among: keys))
    }
    let range = entries[position].setting.range
    do {
      entries[position].value = try range.value(from: text)
    } catch let problem as RangeError {
      let present = entries[position].value.typed
      let help = problem.nearest.map { ". Nearest: \(key)=\($0)" } ?? ". Example: \(key)=\(present)"
      let place = origin == .flag ? "--set \(key)=\(text): " : ""
      throw SettingError(description: "\(place)\(key) is \(range.inWords), not \(text)\(help)")
    }
    entries[position].origin = origin
    entries[position].source = source
  }

  /// Takes values and origins from what `json` has written.
  ///
  /// - Throws: `SettingError` if it was written for another kind of learner.
  mutating func restore(from stored: [StoredSetting]) throws {
    guard stored.map(\.key) == keys else {
      throw SettingError(
        description: "these are not the settings of this learner: it has \(keys.joined(separator: ", "))")
    }
    for (position, new) in stored.enumerated() {
      let setting = entries[position].setting
      guard setting.range.contains(new.value), let origin = SettingOrigin(rawValue: new.origin) else {
        throw SettingError(description: "\(setting.key) is not \(setting.range.inWords) with its origin")
      }
      (entries[position].value, entries[position].origin) = (new.value, origin)
      entries[position].source = origin == .default ? nil : new.source
    }
  }

  /// The settings as the learner takes them.
  ///
  /// - Throws: `SettingError` that names the key that does not fit.
  public func configuration<C: LearnerConfiguration>(as type: C.Type) throws -> C {
    do {
      return try JSONValue.object(entries.map { JSONValue.Member(key: $0.setting.key, value: $0.value) })
        .decoded(as: type)
    } catch let DecodingError.typeMismatch(_, context), let DecodingError.dataCorrupted(context) {
      let key = context.codingPath.map(\.stringValue).joined(separator: ".")
      throw SettingError(description: "setting \(key): \(context.debugDescription)")
    }
  }

  /// Key, value and origin of every setting, and the source of what has one or is the default.
  public var json: JSONValue {
    .array(
      entries.map {
        StoredSetting(
          key: $0.setting.key, value: $0.value, origin: $0.origin.rawValue,
          source: $0.source ?? ($0.origin == .default ? $0.setting.source : nil)
        ).json
      })
  }
}

/// The errors in the declaration of a learner's settings; empty if there are none.
///
/// Every stored property has to be a `Setting`, and every default has to be in its range.
public func settingProblems<C: LearnerConfiguration>(of type: C.Type) -> [String] {
  guard let defaults = (try? JSONValue(encoding: C()))?.members else {
    return ["the defaults of \(type) cannot be encoded"]
  }
  let described = C.settings.map(\.key)
  var problems = defaults.map(\.key).filter { !described.contains($0) }
    .map { "\($0) of \(type) is stored without @Setting" }
  for setting in C.settings {
    guard let value = defaults.first(where: { $0.key == setting.key })?.value else { continue }
    if !setting.range.contains(value) {
      problems.append("the default of \(setting.key) in \(type), \(value.text), is not \(setting.range.inWords)")
    }
  }
  return problems
}
