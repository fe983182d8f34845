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

/// A program that only some machines have.
struct OptionalProgram: Sendable {
  let path: String

  /// The program of a name, if there is one in the directories that the shell would look in.
  init?(named name: String) {
    let places = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    let found = places.map { $0 + "/" + name }.first { access(String($0), X_OK) == 0 && !Self.isDirectory($0) }
    guard let found else { return nil }
    path = String(found)
  }

  private static func isDirectory(_ path: some StringProtocol) -> Bool { Files.exists(path + "/.") }

  /// Runs it and waits for its end; what it says goes where the zoo's own messages go.
  ///
  /// - Returns: its exit code; nil if it could not be started or was killed.
  func run(_ arguments: [String]) -> Int32? {
    let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for text in words + settings { free(text) } }
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    // Standard output is for results alone, and a program is to die of a reader that is gone, as it expects.
    posix_spawn_file_actions_adddup2(&actions, 2, 1)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    sigaddset(&signals, SIGXFSZ)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    posix_spawnattr_setsigdefault(&attributes, &signals)
    var process = pid_t()
    guard posix_spawn(&process, path, &actions, &attributes, &words, &settings) == 0 else { return nil }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
      guard errno == EINTR else { return nil }
    }
    // The low seven bits are the signal that killed it, the next eight its exit code.
    return status & 0x7F == 0 ? status >> 8 & 0xFF : nil
  }
}

/// Turns pictures into other formats, with the programs of the machine.
package struct PictureConverter: Sendable {
  /// A format of pictures that the zoo does not write itself.
  package enum Format: String, CaseIterable, Sendable {
    case png, pdf
  }

  private let program: OptionalProgram
  private let isPython: Bool

  /// Advice if no program is found.
  package static let advice =
    "PNG and PDF need rsvg-convert (apt-get install librsvg2-bin, or brew install librsvg) or vl-convert "
    + "(pip install vl-convert-python); the figures are there as SVG"

  /// A converter; nil if the machine has none.
  package init?() {
    if let program = OptionalProgram(named: "rsvg-convert") {
      (self.program, isPython) = (program, false)
    } else if let program = OptionalProgram(named: "python3"), program.run(["-c", Self.search]) == 0 {
      (self.program, isPython) = (program, true)
    } else {
      return nil
    }
  }

  /// Converts an SVG file to another format in the same directory, whole or not at all.
  package func convert(_ svg: String, to path: String, as format: Format) throws {
    let aside = path + ".partial"
    let arguments =
      isPython
      ? ["-c", Self.script, svg, aside, format.rawValue]
      : ["--format", format.rawValue] + (format == .png ? ["--zoom", "2"] : []) + ["--output", aside, svg]
    guard program.run(arguments) == 0, rename(aside, path) == 0 else {
      unlink(aside)
      throw FileError("cannot write \"\(path)\"", because: "\(program.path) did not convert \(svg)")
    }
  }

  private static let search =
    "import importlib.util, sys; sys.exit(importlib.util.find_spec('vl_convert') is None)"
  private static let script = """
    import sys, vl_convert
    text = open(sys.argv[1], encoding='utf-8').read()
    picture = vl_convert.svg_to_png(text, scale=2) if sys.argv[3] == 'png' else vl_convert.svg_to_pdf(text)
    open(sys.argv[2], 'wb').write(picture)
    """
}
