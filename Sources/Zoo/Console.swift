import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where text goes.
public protocol TextOutput: Sendable {
  /// Writes text as it is.
  func write(_ text: String)
  /// Whether a person is watching, so that lines may be redrawn and coloured.
  var isTerminal: Bool { get }
}

extension TextOutput {
  /// Writes a line.
  func line(_ text: String = "") { write(text + "\n") }
}

/// An open file of the process.
public struct StandardStream: TextOutput {
  /// Where results go.
  public static let output = StandardStream(descriptor: 1)
  /// Where progress and messages go.
  public static let errors = StandardStream(descriptor: 2)

  private let descriptor: Int32

  private init(descriptor: Int32) { self.descriptor = descriptor }

  /// Writes text; what the other end no longer reads is dropped.
  public func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { systemWrite(descriptor, $0) }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  /// Whether it is a terminal.
  public var isTerminal: Bool { isatty(descriptor) == 1 }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

/// Text kept in memory.
public final class CapturedText: TextOutput {
  private let kept = Mutex("")

  /// Nothing yet.
  public init() {}

  /// Keeps text.
  public func write(_ text: String) { kept.withLock { $0 += text } }

  /// Nobody watches.
  public var isTerminal: Bool { false }

  /// All that was written.
  public var text: String { kept.withLock { $0 } }
}
