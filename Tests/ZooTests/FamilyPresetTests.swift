import Environments
import Foundation
import StandardZoo
import Synchronization
import Testing
import Zoo

/// Settings that are other on one family than elsewhere.
@Suite struct FamilyPresetTests {
  private static func catalog() -> Catalog {
    var catalog = testCatalog()
    catalog.add(GridWorld())
    catalog.addPreset(
      of: BestArm.self, "best-arm", on: "bernoulli-bandit-5x10", source: "a book, page 7"
    ) {
      $0.tasksPerBatch = 7
      $0.exploration = 0.5
    }
    return catalog
  }

  private func settings(_ run: String) throws -> [String: [String: Any]] {
    let config = try JSONSerialization.jsonObject(with: Data(try read(run + "/config.json").utf8)) as? [String: Any]
    let entries = try #require(config?["settings"] as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: entries.compactMap { entry in (entry["key"] as? String).map { ($0, entry) } })
  }

  @Test func aPresetHoldsOnItsFamilyUnlessSomebodySaysOtherwiseAndIsResumed() throws {
    try withDirectory { directory in
      let line =
        "compare --learners best-arm --families bernoulli-bandit-5x10,grid-world --seeds 0 --steps 100 --tasks 2 "
        + "--episodes 2 --quiet --set best-arm.exploration=0.25 --out \(directory)/r"
      let questions = Atomic(0)
      let cut = zoo(line, in: Self.catalog()) { questions.wrappingAdd(1, ordering: .relaxed).newValue > 1 }
      #expect(cut.code == 4, "\(cut.errors)")
      #expect(zoo("resume \(directory)/r --quiet", in: Self.catalog()).code == 0)
      let here = try settings("\(directory)/r/runs/best-arm/bernoulli-bandit-5x10@1/seed-0")
      #expect(
        here["tasksPerBatch"]?["value"] as? Int == 7 && here["tasksPerBatch"]?["origin"] as? String == "preset")
      #expect(here["tasksPerBatch"]?["source"] as? String == "a book, page 7")
      #expect(
        here["exploration"]?["value"] as? Double == 0.25 && here["exploration"]?["origin"] as? String == "flag")
      let there = try settings("\(directory)/r/runs/best-arm/grid-world@1/seed-0")
      #expect(
        there["tasksPerBatch"]?["value"] as? Int == 4 && there["tasksPerBatch"]?["origin"] as? String == "default")
    }
  }

  @Test func describeShowsPresets() {
    let text = zoo("describe best-arm", in: Self.catalog()).output
    #expect(
      text.hasSuffix(
        "\nOn bernoulli-bandit-5x10, from a book, page 7, unless said otherwise:\n  exploration = 0.5\n  tasksPerBatch = 7\n"
      ))
  }

  @Test func everyPresetOfTheCatalogCanBeLaidOverAndIsOfAFamilyThatThereIs() throws {
    for entry in Catalog.standard.learners {
      for preset in entry.presets {
        // Families of MuJoCo cannot be played in a build without its trait, but their settings are there.
        let family = try Catalog.standard.declaredFamily(named: preset.family).family
        let fitted = try entry.fitted(entry.settings(), to: family)
        for (key, value) in preset.values {
          let laid = try #require(fitted.entries.first { $0.setting.key == key })
          #expect(laid.value.typed == value || Double(laid.value.typed) == Double(value), "\(key)")
          #expect(laid.origin == .preset && laid.source == preset.source)
        }
      }
    }
    let sparse = try Catalog.standard.family(named: "sparse-point-robot")
    let pearl = try Catalog.standard.learner(named: "pearl")
    let fitted = try pearl.fitted(pearl.settings(), to: sparse)
    let due = ["contextSize": "1024", "posteriorSteps": "900", "tasksPerBatch": "16", "discount": "0.9"]
    for (key, value) in due { #expect(fitted.entries.first { $0.setting.key == key }?.value.typed == value) }
  }
}
