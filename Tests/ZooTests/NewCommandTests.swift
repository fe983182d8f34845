import Foundation
import MetaRL
import StandardZoo
import Tensors
import Testing
import Zoo

/// What `zoo new` and `zoo check` do and refuse.
@Suite(.temporaryDirectory) struct NewCommandTests {
  private let directory = TemporaryDirectory.path

  private static let root = repository.path

  /// The files of a package, by path, but for what a build leaves.
  private func files(in directory: String) throws -> [String: String] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: directory)
    var files: [String: String] = [:]
    for name in names
    where ![".build", ".swiftpm", "Package.resolved", "runs"].contains(name.split(separator: "/")[0]) {
      var isDirectory: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: directory + "/" + name, isDirectory: &isDirectory)
      if !isDirectory.boolValue { files[name] = try read(directory + "/" + name) }
    }
    return files
  }

  @Test(arguments: [
    (PackageTemplate.Kind.learner, "mine", "Documentation/Examples/my-learner"),
    (.family, "mine-line", "Documentation/Examples/my-family"),
  ]) func theExamplePackagesAreWhatTheCommandWrites(
    kind: PackageTemplate.Kind, name: String, directory: String
  ) throws {
    let template = try PackageTemplate(kind, name: name, dependency: .path("../../.."), catalog: .standard)
    let written = Dictionary(uniqueKeysWithValues: template.files.map { ($0.path, $0.text) })
    let kept = try files(in: Self.root + "/" + directory)
    #expect(kept.keys.sorted() == written.keys.sorted())
    for (path, text) in written {
      #expect(kept[path] == text, "\(directory)/\(path): zoo new \(kind.rawValue) \(name) writes another text")
    }
  }

  @Test func thePackageIsWrittenWholeAndSaysWhatToTypeNext() throws {
    let ended = expectDone(zoo("new learner quick-one --zoo \(Self.root) --out \(directory)/quick-one"))
    let names = try files(in: directory + "/quick-one").keys.sorted()
    #expect(
      names == [
        ".gitignore", "Package.swift", "README.md", "Sources/QuickOneCommand/main.swift",
        "Sources/QuickOneLearner/QuickOne.swift", "Tests/QuickOneTests/QuickOneTests.swift",
      ])
    #expect(try read(directory + "/quick-one/Package.swift").contains("path: \"\(Self.root)\""))
    for (path, text) in try files(in: directory + "/quick-one") {
      #expect(!text.contains("Mine") && !text.contains(/\bmine\b/), "\(path) has a name of the example")
    }
    #expect(ended.output.contains("swift run -c release quick-one-zoo check learner quick-one"))
    let again = zoo("new learner quick-one --zoo \(Self.root) --out \(directory)/quick-one")
    #expect(again.code == 2 && again.errors.contains("quick-one\" is not empty"))
  }

  @Test func aPackageCanNameAnAddress() throws {
    let template = try PackageTemplate(
      .learner, name: "far", dependency: .url("https://example.org/zoos/metarl.git", branch: "next"),
      catalog: .standard)
    let manifest = try #require(template.files.first).text
    #expect(manifest.contains(".package(url: \"https://example.org/zoos/metarl.git\", branch: \"next\")"))
    #expect(manifest.contains(".product(name: \"MetaRLZoo\", package: \"metarl\")"))
  }

  @Test(arguments: [
    ("new learner MyOwn", "Nearest: my-own."), ("new learner a--b", "Nearest: a-b."),
    ("new learner 2fast", "Nearest: fast."), ("new learner best-arm", "has \"best-arm\" already"),
    ("new family point-navigation", "has \"point-navigation\" already"),
    ("new learner self", "module Self"), ("new learner meta", "module MetaLearner"),
    ("new learner tensor", "module Tensor,"), ("new family zoo", "module Zoo,"),
    ("new lerner x", "Nearest: learner."), ("new learner", "zoo new learner NAME"),
    ("new learner ok --zoo /nowhere", "no Package.swift of MetaRLZoo in \"/nowhere\""),
    ("new learner ok --branch main", "--branch goes with --zoo URL"),
    ("new learner ok --zoo https://example.org/\"x", "no spaces, quotes or backslashes"),
    ("new learner ok --out /dev/null", "is a file"),
    ("check learner", "zoo check learner NAME"), ("check lerner maml", "Nearest: learner."),
    ("check learner best-arn", "Nearest: best-arm."), ("check family nothing-like-it", "unknown family"),
    ("check learner best-arm --family point-navigation", "cannot play point-navigation: it needs choices"),
    ("check learner best-arm --set exploraton=1", "exploration"),
    ("check learner best-arm --set wanderer.exploration=1", "only best-arm is checked"),
    ("check family bernoulli-bandit-5x10 --set a=1", "--set goes with zoo check learner"),
    ("check learner best-arm --lanes 1", "--lanes is a whole number from 2"),
  ]) func whatIsWrongIsSaidInOneLine(line: String, part: String) {
    expectRefusal(zoo(line), part)
  }

  @Test func aFailedCheckIsExitCodeFiveAndNamesTheSetting() {
    var catalog = testCatalog()
    catalog.add(
      "undeclared", HasSecrets.self, card: .init(summary: "Has settings of its own.", adaptsBy: "nothing"))
    let ended = expectCode(ExitCode.failedChecks, zoo("check learner undeclared", in: catalog))
    #expect(ended.output.contains(" FAIL  settings are described and in range"))
    #expect(ended.output.contains("is stored without @Setting"))
  }

  @Test func checksAreWrittenAsJSONWhenAskedFor() throws {
    let ended = expectDone(zoo("check learner wanderer --json"))
    let sheet = try JSONValue(parsing: ended.output)
    #expect(sheet["failed"] == .integer(0))
    #expect(sheet["checks"]?.arrayValue?.count == 12)
    #expect(sheet["checks"]?.arrayValue?.last?["outcome"] == "does not apply")
  }

  @Test func anInterruptEndsTheChecks() {
    #expect(zoo("check learner best-arm", isInterrupted: { true }).code == ExitCode.interrupted)
  }
}

/// A learner whose settings are declared wrongly.
private struct HasSecrets: MetaLearner {
  let configuration: Undeclared

  init(_ configuration: Undeclared, for spec: EnvironmentSpec, using random: RandomStream) {
    self.configuration = configuration
  }

  mutating func metaTrain(_ session: inout TrainingSession) {}

  func makeAgent(using random: LaneRandom) -> Still { Still() }

  struct Still: Agent {
    mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      .discrete((0..<random.count).map { _ in 0 })
    }
  }
}
