import Foundation
import GymnasiumBridge
import MetaRL
import StandardZoo
import Testing
import Zoo

@Suite(.enabled(if: Python.isThere, Comment(rawValue: Python.isMissing))) struct RunTests {
  /// The standard catalog with the fake worker as a source.
  private func catalog(once: String? = nil) -> Catalog {
    var catalog = Catalog.standard
    catalog.add(
      FamilySource(prefix: "gym:", forms: [("gym:NAME", "a fake")], examples: ["gym:walk"]) { name in
        let family = try GymnasiumFamily(
          name, fakeOptions(once: once) { ($0.restartsPerEpisode, $0.secondsOfSilence) = (0, 5) })
        return family
      })
    return catalog
  }

  private func zoo(_ line: String, _ catalog: Catalog) -> (code: Int32, output: String, errors: String) {
    let (output, errors) = (CapturedText(), CapturedText())
    let code = catalog.run(line.split(separator: " ").map(String.init), output: output, errors: errors)
    return (code, output.text, errors.text)
  }

  private let train =
    "train --learner maml --steps 2000 --tasks 3 --episodes 2 --set tasksPerBatch=3 --set episodesPerInnerStep=2 "
    + "--set hiddenSizes=8 --checkpoint-seconds 0 --quiet --jobs 2 --family "

  @Test(arguments: ["die", "hang", "garbage", "nan", "shape", "raise"])
  func aRunThatFailsIsResumedToTheSameBytes(fault: String) throws {
    try withDirectory { directory in
      let guarding = directory + "/once"
      // The guard is not there yet, or the fault would come when the family is opened.
      let name = "gym:walk.\(fault)-300"
      let whole = zoo("\(train)\(name) --out \(directory)/whole", catalog(once: guarding))
      #expect(whole.code == ExitCode.done, "\(whole)")
      try arm(guarding)
      let failed = zoo("\(train)\(name) --out \(directory)/failed", catalog(once: guarding))
      #expect(failed.code == ExitCode.failedRuns, "\(failed)")
      #expect(failed.errors.contains("to continue: zoo resume"), "\(failed)")
      #expect(!FileManager.default.fileExists(atPath: guarding))
      let resumed = zoo("resume \(directory)/failed --quiet", catalog(once: guarding))
      #expect(resumed.code == ExitCode.done, "\(resumed)")
      for file in ["config.json", "train.jsonl", "episodes.jsonl"] {
        let contents = try ["whole", "failed"].map {
          try Data(contentsOf: URL(filePath: "\(directory)/\($0)/\(file)"))
        }
        #expect(contents[0] == contents[1], "\(file)")
      }
    }
  }

  @Test func versionsAreInTheRunAndInTheManifest() throws {
    try withDirectory { directory in
      let compare =
        "compare --learners random --families gym:walk,gym:choices --seeds 0 --tasks 2 --quiet --jobs 1 --out "
      let ended = zoo(compare + directory + "/results", catalog())
      #expect(ended.code == ExitCode.done, "\(ended)")
      let run = directory + "/results/runs/random/gym:walk@1/seed-0/config.json"
      let config = try String(contentsOfFile: run, encoding: .utf8)
      #expect(config.contains(#""walk": "1.0""#))
      let manifest = try String(contentsOfFile: directory + "/results/manifest.jsonl", encoding: .utf8)
      #expect(manifest.contains(#""software":{"gym:walk":{"python":"3","walk":"1.0"}"#))
      // Other families have nothing to say.
      _ = zoo("train --learner random --family grid-world --tasks 2 --quiet --out \(directory)/plain", catalog())
      let plain = try String(contentsOfFile: directory + "/plain/config.json", encoding: .utf8)
      #expect(!plain.contains("software"))
    }
  }

  @Test(arguments: [
    ("walk", "2 numbers; -1 is -1 and 1 is 1 in the task's units\n"), ("choices", "2 choices\n"),
    ("choices.units", "2 choices, numbered from 1 in the task\n"),
    ("walk.units", "2 numbers; number 0: -1 is 0 and 1 is 4; number 1: held at 0.5 in the task's units\n"),
    ("walk.units.whole", "held at 0.5 in the task's units, rounded to whole numbers\n"),
  ])
  func actionsAreDescribedInTheUnitsOfTheEnvironment(name: String, text: String) throws {
    let described = zoo("describe gym:\(name)", catalog())
    #expect(described.code == ExitCode.done && described.output.contains(text), "\(described)")
    let json = try JSONValue(parsing: zoo("describe gym:\(name) --json", catalog()).output)
    #expect(json["actionLow"]?.text == (name.hasPrefix("walk.units") ? "[0.0,0.5]" : nil))
    #expect(json["actionHigh"]?.text == (name.hasPrefix("walk.units") ? "[4.0,0.5]" : nil))
    #expect(json["actionFirst"]?.text == (name == "choices.units" ? "1" : nil))
  }

  @Test func anExportedPolicySaysWhatItsActionsAre() throws {
    try withDirectory { directory in
      for (name, texts) in [
        ("walk.units", ["actionLow", "[0.0,0.5]", "actionHigh", "[4.0,0.5]", "is clipped to -1...1", "gaussian"]),
        ("choices.units", ["actionFirst", "categorical", "choice i is action actionFirst + i"]),
      ] {
        let run = "\(directory)/\(name)"
        #expect(zoo("\(train)gym:\(name) --out \(run)", catalog()).code == ExitCode.done)
        let exported = zoo("export \(run) --to onnx", catalog())
        #expect(exported.code == ExitCode.done, "\(exported)")
        let path = exported.output.split(separator: "\n").map(String.init)[0]
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        for part in texts { #expect(text.contains(part), "\(name): no \(part)") }
      }
    }
  }

  @Test("Names of sources are found and unknown ones name the nearest") func namesOfSources() throws {
    let catalog = catalog()
    #expect(try catalog.family(named: "gym:walk@1").card.name == "gym:walk")
    func message(_ name: String) -> String {
      do {
        return try catalog.family(named: name).card.name
      } catch {
        return error is UsageError ? "\(error)" : "another error"
      }
    }
    #expect(message("gym:walk@2") == "gym:walk@2: there is gym:walk@1")
    #expect(message("gyms:walk").contains("Nearest: gym:walk."))
    #expect(message("gim:walk").contains("Nearest: gym:walk."))
    #expect(message("point-navigatoin").contains("Nearest: point-navigation."))
    #expect(message("gym:walk.protocol").contains("its protocol is 2"))
    #expect(zoo("list families", catalog).output.contains("gym:NAME"))
    let described = zoo("describe gym:walk.protocol", catalog)
    #expect(described.code == ExitCode.usage && described.errors.contains("its protocol is 2"))
    let checked = zoo("check family gym:walk --lanes 4 --episodes 2", catalog)
    #expect(checked.code == ExitCode.done, "\(checked)")
  }
}
