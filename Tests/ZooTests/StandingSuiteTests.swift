import MetaRL
import StandardZoo
import Testing
import Zoo

@Suite(.temporaryDirectory) struct StandingSuiteTests {
  private let directory = TemporaryDirectory.path

  private func names(_ key: String, in suite: StandingSuite) throws -> [String] {
    let listed = try JSONValue(parsingJSON5: suite.text)[key]?.arrayValue ?? []
    return listed.compactMap(\.stringValue)
  }

  @Test(arguments: Catalog.standard.standingSuites.map(\.name))
  func everySizeIsUnderstood(size: String) throws {
    expectDone(
      zoo(
        "compare suite --size \(size) --learners random --families bernoulli-bandit-5x10 --seeds 0 --steps 0 "
          + "--tasks 1 --quiet --out \(directory)/r", in: .standard))
    let kept = try read("\(directory)/r/suite.json5")
    #expect(kept.contains("learners"))
  }

  @Test func theFullSuiteHasEveryLearnerAndEveryFamily() throws {
    let catalog = Catalog.standard
    let full = try #require(catalog.standingSuites.last)
    #expect(try names("learners", in: full) == catalog.learners.map(\.name))
    #expect(try names("families", in: full) == catalog.families.map(\.card.name))
  }

  @Test func everySuiteHasControls() throws {
    let catalog = Catalog.standard
    for suite in catalog.standingSuites {
      let learners = try names("learners", in: suite).map { try catalog.learner(named: $0) }
      #expect(learners.contains { $0.card.role == .learner }, "\(suite.name)")
      let missing = Set(["average", "scratch", "oracle", "random"]).subtracting(learners.map(\.name))
      #expect(missing.isEmpty, "\(suite.name)")
    }
  }

  /// A suite that wants it otherwise says so, and why, for the learners it means.
  @Test(arguments: Catalog.standard.standingSuites.map(\.name))
  func onAFamilyAllLearnersAreTrainedOnTheSameReward(size: String) throws {
    let catalog = Catalog.standard
    let suite = try #require(catalog.standingSuites.first { $0.name == size })
    let file = try JSONValue(parsingJSON5: suite.text)
    let settings = [file["settings"]] + (file["groups"]?.members ?? []).map { $0.value["settings"] }
    #expect(!settings.contains { "\($0.map(\.text) ?? "")".contains("trainingReward") })
    for name in try names("families", in: suite) {
      let family = try catalog.declaredFamily(named: name).family
      var channels: [String: [String]] = [:]
      for learner in try names("learners", in: suite).map({ try catalog.learner(named: $0) }) {
        guard learner.card.data != .none else { continue }
        let fitted = try learner.fitted(learner.settings(), to: family)
        guard let value = fitted.entries.first(where: { $0.setting.key == "trainingReward" })?.value.typed else {
          continue
        }
        let channel = try #require(RewardChoice(rawValue: value)).channel(for: family.spec)
        channels[channel.rawValue, default: []].append(learner.name)
      }
      #expect(channels.count <= 1, "\(name): \(channels)")
      // A dense reward beside the one that is reported is what learners are trained on, but where the paper of the family
      // trains on the sparse one.
      if family.spec.reportedReward == .sparse, name != "varibad-sparse-point" {
        #expect(Array(channels.keys) == ["dense"], "\(name): \(channels)")
      }
    }
  }

  @Test func aSizeThatThereIsNotIsRefused() {
    expectError(zoo("compare suite --size latpop", in: .standard), "unknown size \"latpop\". Nearest: laptop.")
    expectError(zoo("compare --size laptop", in: .standard), "--size only goes with zoo compare suite")
  }
}
