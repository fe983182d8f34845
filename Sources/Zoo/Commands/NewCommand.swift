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

extension Command {
  static let new = Command(
    name: "new", operands: "learner|family NAME",
    summary: "Writes a package with a learner or a family to start from.",
    options: [
      CommandOption("out", "DIR", "a new directory for the package", default: "NAME"),
      CommandOption(
        "zoo", "PATH|URL", "where the package finds MetaRLZoo", default: "the clone that this program was built in"),
      CommandOption("branch", "B", "which branch, with a URL", default: "main"), .help,
    ],
    examples: ["new learner my-learner", "new family my-family --out ../my-family"]
  ) { catalog, arguments, console in
    let words = arguments.positionals
    guard let word = words.first, words.count == 2 else {
      throw UsageError("new needs a kind and a name: zoo new learner NAME, zoo new family NAME")
    }
    guard let kind = PackageTemplate.Kind(rawValue: word) else {
      throw UsageError(unknownName("kind", word, among: PackageTemplate.Kind.allCases.map(\.rawValue)))
    }
    // The name is checked before anything is looked for.
    _ = try PackageTemplate(kind, name: words[1], dependency: .path(""), catalog: catalog)
    let typed = try arguments.directory("out") ?? words[1]
    let place = Place(typed)
    try place.requireEmpty()
    let dependency = try dependency(arguments, for: place)
    let template = try PackageTemplate(kind, name: words[1], dependency: dependency, catalog: catalog)
    try place.write(template)
    console.output.write(template.farewell(in: typed))
    return ExitCode.done
  }

  private static func dependency(
    _ arguments: Arguments, for place: Place
  ) throws -> PackageTemplate.Dependency {
    let given = arguments.text("zoo")
    if let given, given.contains("://") || given.hasPrefix("git@") {
      guard given.allSatisfy({ !$0.isWhitespace && $0 != "\"" && $0 != "\\" }) else {
        throw UsageError("--zoo \(given): an address has no spaces, quotes or backslashes")
      }
      let branch = arguments.text("branch") ?? "main"
      guard branch.allSatisfy({ !$0.isWhitespace && $0 != "\"" && $0 != "\\" }) else {
        throw UsageError("--branch \(branch): a branch has no spaces, quotes or backslashes")
      }
      return .url(given, branch: branch)
    }
    guard !arguments.has("branch") else {
      throw UsageError("--branch goes with --zoo URL; a clone has the branch that is checked out")
    }
    let root: String
    if let given {
      root = absolutePath(try ZooFiles.path(typed: given))
      guard isClone(root) else {
        throw UsageError(
          "--zoo \(given): there is no Package.swift of MetaRLZoo in \"\(root)\". Name a clone of it, or its address."
        )
      }
    } else {
      guard let found = clone() else {
        throw UsageError(
          "no clone of MetaRLZoo was found. Name one with --zoo PATH, or its address with --zoo URL.")
      }
      root = found
    }
    guard place.path.lastPathPart.lowercased() != root.lastPathPart.lowercased() else {
      throw UsageError(
        "the package's directory and that of MetaRLZoo are both called \"\(root.lastPathPart)\", and Swift takes "
          + "packages of one name for one. Choose another with --out DIR.")
    }
    return .path(place.path(to: root))
  }

  /// A clone around the program, around the present directory, or where this file was compiled.
  private static func clone() -> String? {
    let program =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments.first
    let starts = [program.map(absolutePath), absolutePath("."), String(#filePath)].compactMap { $0 }
    for start in starts {
      var directory = start
      while directory.count > 1 {
        // What SwiftPM has checked out for itself can be gone tomorrow.
        if isClone(directory), !directory.contains("/.build/checkouts/") { return directory }
        directory = directory.parentPath
      }
    }
    return nil
  }

  private static func isClone(_ directory: String) -> Bool {
    guard let text = try? Files.text(of: directory + "/Package.swift") else { return false }
    return text.contains("name: \"MetaRLZoo\",\n") && Files.exists(directory + "/Sources/ZooChecks")
  }
}

private struct Place {
  /// Absolute.
  let path: String

  init(_ typed: String) { path = absolutePath(typed) }

  /// Refuses a place where there is something.
  func requireEmpty() throws {
    guard Files.exists(path) else { return }
    guard let names = try? Files.names(in: path) else {
      throw UsageError("\"\(path)\" is a file, or cannot be read. Choose another place with --out DIR.")
    }
    guard names.isEmpty else {
      throw UsageError("the directory \"\(path)\" is not empty. Choose another with --out DIR.")
    }
  }

  /// Writes the files aside and renames their directory.
  func write(_ template: PackageTemplate) throws {
    try Files.writeDirectory(path) { aside in
      for (file, text) in template.files {
        let target = aside + "/" + file
        try Files.makeDirectory(target.parentPath)
        try Files.write(text, to: target)
      }
    }
  }

  /// The way to a clone: relative if the package is inside it, so that both can be moved together.
  func path(to root: String) -> String {
    guard path.hasPrefix(root + "/") else { return root }
    let depth = path.dropFirst(root.count).count { $0 == "/" }
    return Array(repeating: "..", count: depth).joined(separator: "/")
  }
}

extension PackageTemplate {
  /// The written files, and the commands to type next.
  fileprivate func farewell(in directory: String) -> String {
    var text = "wrote \(directory): \(files.count) files; the \(kind.rawValue) is \(sourcePath)\n\nNext:\n"
    let commands = nextCommands + [(command: "swift test -c release", meaning: "The same checks, as a test.")]
    text += "  cd \(directory.shellWord)\n" + commands.map { "  # \($0.meaning)\n  \($0.command)\n" }.joined()
    return text + "\nThe first build compiles MetaRLZoo, too, and takes about a minute.\n"
  }
}

private func absolutePath(_ path: String) -> String {
  let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  // What is above a link is another place than what its path says.
  if whole.split(separator: "/").contains(".."), let real = realpath(whole, nil) {
    defer { free(real) }
    return String(cString: real)
  }
  var parts: [Substring] = []
  for part in whole.split(separator: "/") where part != "." {
    if part == ".." { _ = parts.popLast() } else { parts.append(part) }
  }
  return "/" + parts.joined(separator: "/")
}
