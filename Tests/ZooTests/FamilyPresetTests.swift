import Environments
import Foundation
import StandardZoo
import Synchronization
import Testing
import Zoo

/// Settings that are other on one family than elsewhere.
@Suite(.temporaryDirectory) struct FamilyPresetTests {
  private let directory = TemporaryDirectory.path

  private static func catalog() -> Catalog {
    var catalog = testCatalog()
    catalog.add(GridWorld())
    catalog.addPreset(of: BestArm.self, "best-arm", on: "bernoulli-bandit-5x10", source: "a book, page 7") {
      $0.tasksPerBatch = 7
      $0.exploration = 0.5
    }
    return catalog
  }

  @Test("A preset holds on its family unless a setting says otherwise and is resumed")
  func presetHoldsOnItsFamily() throws {
    let line =
      "compare --learners best-arm --families bernoulli-bandit-5x10,grid-world --seeds 0 --steps 100 --tasks 2 "
      + "--episodes 2 --quiet --set best-arm.exploration=0.25 --out \(directory)/r"
    let questions = Atomic(0)
    expectCode(4, zoo(line, in: Self.catalog()) { questions.wrappingAdd(1, ordering: .relaxed).newValue > 1 })
    #expect(zoo("resume \(directory)/r --quiet", in: Self.catalog()).code == 0)
    let here = "\(directory)/r/runs/best-arm/bernoulli-bandit-5x10@1/seed-0"
    #expect(try setting("tasksPerBatch", of: here) == "7 preset a book, page 7")
    #expect(try setting("exploration", of: here) == "0.25 flag")
    let there = "\(directory)/r/runs/best-arm/grid-world@1/seed-0"
    #expect(try setting("tasksPerBatch", of: there).hasPrefix("4 default"))
  }

  @Test func describeShowsPresets() {
    let text = zoo("describe best-arm", in: Self.catalog()).output
    #expect(
      text.hasSuffix(
        "\nOn bernoulli-bandit-5x10, from a book, page 7, unless said otherwise:\n  exploration = 0.5\n  tasksPerBatch = 7\n"
      ))
  }

  @Test("Every preset of the catalog can be laid over and is of a family that exists")
  func presetsOfTheCatalog() throws {
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
