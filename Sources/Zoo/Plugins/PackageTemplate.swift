import RegexBuilder

/// A package of the user's own, as `zoo new` writes it.
package struct PackageTemplate: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case learner
    case family
  }

  package enum Dependency: Sendable, Equatable {
    case path(String)
    case url(String, branch: String)
  }

  package let kind: Kind
  /// The name in the catalog: small letters, digits and dashes.
  package let name: String
  package let dependency: Dependency

  package init(_ kind: Kind, name: String, dependency: Dependency, catalog: Catalog) throws {
    (self.kind, self.name, self.dependency) = (kind, name, dependency)
    try checkForm()
    if (catalog.learners.map(\.name) + catalog.families.map(\.card.name)).contains(name) {
      throw UsageError(
        "the catalog has \"\(name)\" already. Take another name, as in my-\(name). See: zoo describe \(name)")
    }
    try checkType()
  }

  /// The name of the type: `my-learner` becomes `MyLearner`.
  package var typeName: String {
    name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  package var program: String { "\(name)-zoo" }

  private func checkForm() throws {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    let isSound =
      parts.allSatisfy { part in !part.isEmpty && part.utf8.allSatisfy { 97...122 ~= $0 || 48...57 ~= $0 } }
      && name.utf8.first.map { 97...122 ~= $0 } == true && name.utf8.count <= 40
    guard !isSound else { return }
    let help = Self.nearestName(to: name).map { " Nearest: \($0)." } ?? ""
    throw UsageError(
      "a name is small letters, digits and single dashes, begins with a letter and has at most 40 of them, not "
        + "\"\(name)\".\(help)")
  }

  /// A name made of what is sound in another: `MyLearner` becomes `my-learner`.
  private static func nearestName(to name: String) -> String? {
    var (result, wasSmall) = ("", false)
    for character in name {
      let isAllowed = character.isASCII && (character.isLetter || character.isNumber)
      let isBreak = !isAllowed || (character.isUppercase && wasSmall)
      if isBreak, !result.isEmpty, result.last != "-" { result += "-" }
      if isAllowed { result += character.lowercased() }
      wasSmall = character.isLowercase
    }
    while result.last == "-" { result.removeLast() }
    result = String(result.drop { !$0.isLetter }.prefix(40))
    return result.isEmpty || result == name ? nil : result
  }

  /// Refuses names of types and modules that the package's own text, the language or MetaRLZoo uses.
  private func checkType() throws {
    let modules = [
      "CKernels", "Tensors", "Networks", "MetaRL", "Environments", "Learners", "ZooChecks", "Zoo", "ZooDrawing",
      "ZooFiles", "ZooResults", "StandardZoo",
      "ZooCommand", "MetaRLZoo", "BuildRecord", "Testing", "Swift", "Foundation",
    ]
    let language = ["Any", "Self", "Type", "Protocol", "Optional", "Never", "Error", "Result", "Void", "Character"]
    // The words of the examples, except for their own names.
    var used: Set<String> = []
    for kind in Kind.allCases {
      let example = kind.example
      for text in [example.source, example.main, example.test] {
        used.formUnion(text.split { !($0.isLetter || $0.isNumber) }.map(String.init))
      }
      used = used.filter { !$0.hasPrefix(example.type) }
    }
    used.formUnion(modules + language)
    let own = [typeName, "\(typeName)\(moduleSuffix)", "\(typeName)Command", "\(typeName)Tests"]
    if let taken = own.first(where: used.contains) {
      throw UsageError(
        "\"\(name)\" would make a type or module \(taken), and there is one already. "
          + "Take another name, as in my-\(name).")
    }
  }

  var sourcePath: String { "Sources/\(typeName)\(moduleSuffix)/\(typeName).swift" }

  private var moduleSuffix: String { kind == .learner ? "Learner" : "Family" }

  package var files: [(path: String, text: String)] {
    let example = kind.example
    return [
      ("Package.swift", manifest), ("README.md", readme), (".gitignore", ".build/\n.swiftpm/\nruns/\n"),
      (sourcePath, renamed(example.source)),
      ("Sources/\(typeName)Command/main.swift", renamed(example.main)),
      ("Tests/\(typeName)Tests/\(typeName)Tests.swift", renamed(example.test)),
    ]
  }

  /// A text of the example with the names of this package.
  private func renamed(_ text: String) -> String {
    // A whole word, so that "determine" stays.
    let name = Regex {
      Anchor.wordBoundary; kind.example.name; Anchor.wordBoundary
    }
    return text.replacing(kind.example.type, with: typeName).replacing(name, with: self.name)
  }

  private var manifest: String {
    let package: String
    let dependency: String
    switch self.dependency {
    case .path(let path):
      (package, dependency) = ("MetaRLZoo", ".package(name: \"MetaRLZoo\", path: \"\(path)\")")
    case .url(let url, let branch):
      // SwiftPM calls a package by the last part of its address.
      let last = url.split(separator: "/").last.map(String.init) ?? "MetaRLZoo"
      package = last.hasSuffix(".git") ? String(last.dropLast(4)) : last
      dependency = ".package(url: \"\(url)\", branch: \"\(branch)\")"
    }
    let own = "\(typeName)\(moduleSuffix)"
    return """
      // swift-tools-version: 6.1

      import PackageDescription

      let zoo: Target.Dependency = .product(name: "MetaRLZoo", package: "\(package)")

      let package = Package(
        name: "\(typeName)",
        platforms: [.macOS(.v15)],
        products: [.executable(name: "\(program)", targets: ["\(typeName)Command"])],
        dependencies: [\(dependency)],
        targets: [
          .target(name: "\(own)", dependencies: [zoo]),
          .executableTarget(
            name: "\(typeName)Command", dependencies: [zoo, "\(own)"],
            plugins: [.plugin(name: "RecordCommit", package: "\(package)")]),
          .testTarget(name: "\(typeName)Tests", dependencies: [zoo, "\(own)"]),
        ],
        swiftLanguageModes: [.v6]
      )

      """
  }

  /// The commands to type next, in the package's directory, each with what it does.
  package var nextCommands: [(command: String, meaning: String)] {
    let run = "swift run -c release \(program)"
    switch kind {
    case .learner:
      return [
        ("\(run) check learner \(name)", "Does it keep the promises of every learner?"),
        ("\(run) train --learner \(name) --family point-navigation --steps 200000", "One run."),
        ("\(run) compare --learners \(name),maml,average,random --steps 200000", "Compare it with others."),
      ]
    case .family:
      return [
        ("\(run) check family \(name)", "Does it keep the promises of every family?"),
        ("\(run) train --learner maml --family \(name) --steps 200000", "One run."),
        (
          "\(run) compare --learners maml,average,oracle,random --families \(name) --steps 200000",
          "Compare learners on it."
        ),
      ]
    }
  }

  private var readme: String {
    let lines = nextCommands.map { "# \($0.meaning)\n\($0.command)\n" }.joined()
    return """
      # \(typeName)

      A \(kind.rawValue) for MetaRLZoo, in its own package: `\(program)` is the command line of `zoo`, and also knows
      `\(name)`. The \(kind.rawValue) is `\(sourcePath)`.

      ```sh
      \(lines)# The same checks, as a test.
      swift test -c release
      ```

      """
  }
}

/// A package in `Documentation/Examples`, whose files are part of the program.
private struct ExamplePackage {
  let name: String
  let type: String
  let source: String
  let main: String
  let test: String
}

extension PackageTemplate.Kind {
  /// The package that `zoo new` copies.
  fileprivate var example: ExamplePackage {
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    switch self {
    case .learner:
      return ExamplePackage(
        name: "mine", type: "Mine", source: text(PackageResources.Learner_swift),
        main: text(PackageResources.LearnerMain_swift), test: text(PackageResources.LearnerTests_swift))
    case .family:
      return ExamplePackage(
        name: "mine-line", type: "MineLine", source: text(PackageResources.Family_swift),
        main: text(PackageResources.FamilyMain_swift), test: text(PackageResources.FamilyTests_swift))
    }
  }
}
