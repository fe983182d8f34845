#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The path that a person means by what was typed: the same place wherever it is typed.
///
/// A shell leaves the `~` of `--out=~/runs` as it is: it is the home directory here, too. `~name` is a name like others, and
/// gets `./` before it, as do those with a dash in front, since Foundation or another program would take it for something else.
///
/// - Parameter text: what was typed.
/// - Returns: a path without a slash at its end.
/// - Throws: `UsageProblem` if it is empty, or if there is no home.
package func path(typed text: String) throws -> String {
  guard !text.isEmpty else { throw UsageProblem("\"\" is no path. For the working directory, type .") }
  var path = text
  if path == "~" || path.hasPrefix("~/") {
    guard let home = getenv("HOME").map({ String(cString: $0) }), home.hasPrefix("/") else {
      throw UsageProblem("\"\(text)\": HOME does not name the home directory. Type the whole path, or ./\(text).")
    }
    path = home + path.dropFirst()
  } else if path.hasPrefix("~") || path.hasPrefix("-") {
    path = "./" + path
  }
  while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
  return path
}

extension Arguments {
  /// The path that is the value of an option.
  ///
  /// - Throws: `UsageProblem`.
  func path(_ name: String) throws -> String? { try text(name).map { try Zoo.path(typed: $0) } }

  /// The path of a directory to write, which is the value of an option.
  ///
  /// - Throws: `UsageProblem` for a name that is meant for a file, unless it is there or has a slash at its end.
  func directory(_ name: String) throws -> String? {
    guard let path = try path(name) else { return nil }
    let endings = [
      "csv", "gif", "gz", "htm", "html", "jpeg", "jpg", "json", "json5", "jsonl", "md", "mp4", "onnx", "pdf", "png",
      "pt",
      "safetensors", "svg", "tar", "tex", "txt", "webp", "zip",
    ]
    guard let ending = path.ending, endings.contains(ending), !namesDirectory(name), !Files.isDirectory(path) else {
      return path
    }
    throw UsageProblem(
      "--\(name) \(path) names a directory here, and looks like a file. Choose another, or type --\(name) "
        + "\(path.shellWord)/")
  }

  /// What is not an option, read as paths.
  ///
  /// - Throws: `UsageProblem`.
  var paths: [String] { get throws { try positionals.map { try Zoo.path(typed: $0) } } }

  /// Whether the value of an option can only be the path of a directory, as one with a slash at its end.
  func namesDirectory(_ name: String) -> Bool {
    guard let text = text(name) else { return false }
    return text.hasSuffix("/") || ["", ".", "..", "~"].contains(text.lastPathPart)
  }
}

extension String {
  /// A path below this one.
  func inside(_ name: String) -> String { hasSuffix("/") ? self + name : self + "/" + name }

  /// The path without its last part: of a name alone, the working directory.
  var parentPath: String {
    guard let slash = lastIndex(of: "/") else { return "." }
    return slash == startIndex ? "/" : String(self[..<slash])
  }

  /// The last part of the path.
  var lastPathPart: String { split(separator: "/").last.map(String.init) ?? self }

  /// The extension of the path's last part, in lower case; nil if there is none.
  var ending: String? {
    let parts = lastPathPart.drop { $0 == "." }.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 1, let last = parts.last, !last.isEmpty else { return nil }
    return last.lowercased()
  }

  /// The path as a shell reads it, so that a line of a message can be typed.
  var shellWord: String {
    let isPlain = unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || "0123456789/._-+,:=@%".unicodeScalars.contains($0)
    }
    guard !isPlain || isEmpty else { return self }
    guard self == inOneLine else { return "$'" + inOneLine.replacing("'", with: "\\'") + "'" }
    return "'" + replacing("'", with: "'\\''") + "'"
  }
}
