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
/// - Throws: `UsageError` if it is empty, or if there is no home.
package func path(typed text: String) throws -> String {
  guard !text.isEmpty else { throw UsageError("\"\" is no path. For the working directory, type .") }
  var path = text
  if path == "~" || path.hasPrefix("~/") {
    guard let home = getenv("HOME").map({ String(cString: $0) }), home.hasPrefix("/") else {
      throw UsageError("\"\(text)\": HOME does not name the home directory. Type the whole path, or ./\(text).")
    }
    path = home + path.dropFirst()
  } else if path.hasPrefix("~") || path.hasPrefix("-") {
    path = "./" + path
  }
  while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
  return path
}

extension String {
  /// A path below this one.
  package func inside(_ name: String) -> String { hasSuffix("/") ? self + name : self + "/" + name }

  /// The path without its last part: of a name alone, the working directory.
  package var parentPath: String {
    guard let slash = lastIndex(of: "/") else { return "." }
    return slash == startIndex ? "/" : String(self[..<slash])
  }

  package var lastPathPart: String { split(separator: "/").last.map(String.init) ?? self }

  /// The extension of the path's last part, in lower case; nil if there is none.
  package var ending: String? {
    let parts = lastPathPart.drop { $0 == "." }.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 1, let last = parts.last, !last.isEmpty else { return nil }
    return last.lowercased()
  }

  /// The path as a shell reads it, so that a line of a message can be typed.
  package var shellWord: String {
    let isPlain = unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || "0123456789/._-+,:=@%".unicodeScalars.contains($0)
    }
    guard !isPlain || isEmpty else { return self }
    guard self == inOneLine else { return "$'" + inOneLine.replacing("'", with: "\\'") + "'" }
    return "'" + replacing("'", with: "'\\''") + "'"
  }
}
