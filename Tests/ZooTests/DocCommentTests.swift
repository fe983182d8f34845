import Foundation
import Testing

/// The doc comments of what other packages see.
@Suite struct DocCommentTests {
  private static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources")

  private static let files =
    FileManager.default.enumerator(atPath: sources.path())?
    .compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted() ?? []

  /// What protocols require has its comment at the requirement, and `init()` has nothing to say.
  private static let needNone: Set<String> = [
    "makeEnvironment", "init()", "TaskParameters", "laneCount", "card", "task", "step", "Lanes", "descriptor",
    "Configuration", "taskCount", "scene", "observe", "metaTrain", "State", "reset", "adaptation", "act",
    "makeAgent",
    "state", "spec", "endEpisode", "description", "encode", "metaParameters", "policyNetwork",
    "canContinue", "learner", "plan", "chooseArm", "LifetimeAgent", "inputSize", "featureSize", "parameterNames",
    "makeParameters", "features", "birth", "network", "networkStep", "predictedRewards", "bestChoices",
  ]

  @Test(arguments: files) func publicDeclarationsHaveDocComments(file: String) throws {
    let declaration =
      /(@\w+(\(.*\))? )*public .*?\b(func|var|let|struct|class|enum|protocol|typealias|init)\b *(\w*)(\(\))?.*/
    let text = try String(contentsOf: Self.sources.appending(path: file), encoding: .utf8)
    var (isDocumented, openParentheses) = (false, 0)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let code = line.trimmingCharacters(in: .whitespaces)
      if code.hasPrefix("//") {
        isDocumented = isDocumented || code.hasPrefix("///")
        continue
      }
      if openParentheses > 0 || code.hasPrefix("@") {
        // A setting says in its declaration what it is.
        isDocumented = isDocumented || code.hasPrefix("@Setting")
        openParentheses += code.count { $0 == "(" } - code.count { $0 == ")" }
        if openParentheses > 0 || !code.contains("public ") { continue }
      }
      if let match = try declaration.wholeMatch(in: code), !isDocumented {
        // Rules of planners and bandits are made from the settings, as their protocols say.
        guard !code.contains("init(_ configuration: Configuration") else { continue }
        let name = match.3 == "init" ? "init" + (match.5 ?? "") : match.4
        #expect(Self.needNone.contains(String(name)), "\(file): \(code)")
      }
      isDocumented = false
    }
  }
}
