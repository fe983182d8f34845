/// The user has to mend something outside of the zoo: Python, a package, a module or the environment itself.
public struct BridgeError: Error, CustomStringConvertible, Equatable {
  /// The error and its remedy, in one line.
  public let description: String

  /// Says what is wrong; line breaks become spaces.
  public init(_ description: String) {
    self.description = description.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}

enum WorkerError: Error, CustomStringConvertible, Equatable {
  /// It said what is wrong, and works on.
  case said(String)
  /// It is gone, or it was ended because it could not be talked to any more.
  case lost(String)

  var description: String {
    switch self {
    case .said(let text), .lost(let text): BridgeError(text).description
    }
  }
}
