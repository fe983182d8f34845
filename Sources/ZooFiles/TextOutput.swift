import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An output for text.
public protocol TextOutput: Sendable {
  /// Writes text as it is.
  func write(_ text: String)
  /// Whether it is a terminal on which lines can be redrawn.
  var isTerminal: Bool { get }
  /// Whether text may be colored.
  var takesColor: Bool { get }
  /// The width of the terminal in characters, as it is now; nil if it is not known.
  var columns: Int? { get }
  /// The reason that text could not be written; nil if all of it was.
  var failure: String? { get }
}

extension TextOutput {
  /// Writes a line.
  package func line(_ text: String = "") { write(text + "\n") }

  /// As a terminal takes it.
  public var takesColor: Bool { isTerminal }

  /// Not known.
  public var columns: Int? { nil }

  /// All was written.
  public var failure: String? { nil }
}

/// An open file of the process.
///
/// Who starts a program may have closed its streams, may have stopped reading, or may have hung up: results that cannot be
/// written are an error with a message, and messages that cannot be written are dropped.
public final class StandardStream: TextOutput {
  /// The stream of results.
  public static let output = StandardStream(descriptor: 1)
  /// The stream of progress and messages.
  public static let errors = StandardStream(descriptor: 2)

  private let descriptor: Int32
  private let refusal = Mutex<Int32?>(nil)

  /// The half seconds that a message waits for a reader that has stalled.
  private static let patience = 20

  private init(descriptor: Int32) { self.descriptor = descriptor }

  /// Writes text; what cannot be written is dropped, and so are later results: a gap would mislead.
  public func write(_ text: String) {
    refusal.withLock { refusal in
      guard refusal == nil || self.descriptor != 1 else { return }
      var bytes = Array(text.utf8)[...]
      // Half seconds without an answer; a reader that has stalled before is not waited for again.
      var waited = refusal == EAGAIN ? Self.patience - 1 : 0
      while !bytes.isEmpty {
        var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let answer = poll(&place, 1, 500)
        if answer < 0 { continue }
        if answer == 0 {
          waited += 1
          // Training does not wait for a reader of messages, and nothing waits once it was asked to end.
          guard !Interruption.hasCome, descriptor == 1 || waited < Self.patience else {
            refusal = EAGAIN
            return
          }
          continue
        }
        let count = bytes.prefix(room).withUnsafeBytes { systemWrite(descriptor, $0) }
        if count > 0 {
          bytes = bytes.dropFirst(count)
          waited = 0
        } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
          refusal = count == 0 ? ENOSPC : errno
          return
        }
      }
    }
  }

  /// The number of bytes that can be written without waiting once there is room; a signal would not end the wait.
  private var room: Int {
    #if os(Linux)
      // An empty pipe takes all it can hold, so that a short output is one write, whose reader may leave early.
      var held: Int32 = 0
      let capacity = fcntl(descriptor, 1032)  // F_GETPIPE_SZ, which Glibc's module does not name.
      if capacity > 0, ioctl(descriptor, UInt(FIONREAD), &held) == 0, held == 0 { return Int(capacity) }
    #endif
    return Int(PIPE_BUF)
  }

  /// Whether it is a terminal on which lines can be redrawn.
  public var isTerminal: Bool {
    guard isatty(descriptor) == 1, let kind = getenv("TERM").map({ String(cString: $0) }) else { return false }
    return !["", "dumb"].contains(kind)
  }

  /// Whether text may be colored: on a terminal, unless NO_COLOR is set; see no-color.org.
  public var takesColor: Bool { isTerminal && (getenv("NO_COLOR").map { $0[0] == 0 } ?? true) }

  /// The width of the terminal, or the one that COLUMNS asks for if that is less.
  public var columns: Int? {
    var size = winsize()
    let known = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : nil
    let wanted = getenv("COLUMNS").flatMap { Int(String(cString: $0)) }.flatMap { $0 > 0 ? $0 : nil }
    // Serial consoles report a width of 0.
    return [known, wanted].compactMap { $0 }.min() ?? (isTerminal ? 80 : nil)
  }

  /// The first reason that text could not be written.
  public var failure: String? {
    refusal.withLock { $0 }.map { code in
      switch code {
      case EBADF: "it is closed"
      case EPIPE: "its reader is gone"
      case EAGAIN: "nobody reads it"
      default: FileError.reason(code)
      }
    }
  }

  /// Opens the streams that are closed on nothing, and takes no reader's going away as a reason to die.
  ///
  /// Called before any file is opened: the first one would become a standard stream, and messages would end in it.
  package static func prepare() {
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // The wrong way round, so that what is written or read there fails as it would if it were closed.
      let opened = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
      // The lowest number that is free is this one, unless there is no /dev/null.
      if opened > descriptor { close(opened) }
    }
    _ = signal(SIGPIPE, SIG_IGN)
    // A file that may not grow is an error with a message, too.
    _ = signal(SIGXFSZ, SIG_IGN)
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

extension String {
  /// The text with what would break a line, or speak to a terminal, written as an escape.
  package var inOneLine: String {
    guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
    return unicodeScalars.map { scalar in
      guard scalar.properties.generalCategory == .control else { return String(scalar) }
      return switch scalar {
      case "\n": "\\n"
      case "\t": "\\t"
      case "\r": "\\r"
      default: "\\u{" + String(scalar.value, radix: 16) + "}"
      }
    }.joined()
  }

  /// The columns that the text takes on a terminal.
  package var columnCount: Int { reduce(0) { $0 + $1.columnCount } }

  /// The prefix that fits into the given number of columns.
  package func cut(toColumns most: Int) -> String {
    var taken = 0
    return String(
      prefix { character in
        taken += character.columnCount
        return taken <= most
      })
  }
}

extension Character {
  /// The columns that the character takes on a terminal: two for those of East Asia and for emoji.
  fileprivate var columnCount: Int {
    guard let scalar = unicodeScalars.first else { return 0 }
    let properties = scalar.properties
    if scalar.isASCII { return 1 }
    if properties.isEmojiPresentation || unicodeScalars.contains("\u{FE0F}") { return 2 }
    if [.nonspacingMark, .enclosingMark, .format, .control].contains(properties.generalCategory) { return 0 }
    let wide: [ClosedRange<UInt32>] = [
      0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
      0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
      0x20000...0x3FFFD,
    ]
    return wide.contains { $0.contains(scalar.value) } ? 2 : 1
  }
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
