import Foundation
import Testing
import Zoo

/// A terminal with a given number of columns.
private final class FakeTerminal: TextOutput {
  let columns: Int?
  let takesColor: Bool
  private let kept = CapturedText()

  init(columns: Int, takesColor: Bool = true) { (self.columns, self.takesColor) = (columns, takesColor) }

  func write(_ text: String) { kept.write(text) }
  var isTerminal: Bool { true }
  var text: String { kept.text }

  /// What was written between two starts of a line.
  var lines: [Substring] { text.split(whereSeparator: { $0.isNewline || $0 == "\r" }) }
}

/// A stream whose reader is gone.
private struct BrokenOutput: TextOutput {
  func write(_ text: String) {}
  var isTerminal: Bool { false }
  var failure: String? { "its reader is gone" }
}

@Suite struct SurroundingsTests {
  private let compare =
    "compare --learners best-arm,wanderer --families bernoulli-bandit-5x10 --seeds 0..5 --tasks 2 --episodes 2 --jobs 1"

  @Test func whatCannotBeWrittenToStandardOutputIsSaidAndHasACodeOfItsOwn() {
    let errors = CapturedText()
    let code = testCatalog().run(["list", "learners"], output: BrokenOutput(), errors: errors)
    #expect(code == ExitCode.unheard)
    #expect(errors.text == "error: cannot write to standard output: its reader is gone\n")
  }

  @Test func aFailureIsMoreThanThatNobodyHearsOfIt() {
    #expect(testCatalog().run(["nothing"], output: BrokenOutput(), errors: CapturedText()) == ExitCode.usage)
  }

  @Test(arguments: [1, 2, 5, 20, 40, 80]) func progressFitsIntoItsTerminal(columns: Int) throws {
    try withDirectory { directory in
      let terminal = FakeTerminal(columns: columns)
      let words = (compare + " --out \(directory)/r").split(separator: " ").map(String.init)
      #expect(testCatalog().run(words, output: CapturedText(), errors: terminal) == 0)
      // The first line is not redrawn.
      let redrawn = terminal.lines.filter { $0.hasPrefix("[") }
      #expect(columns < 5 || !redrawn.isEmpty)
      for line in redrawn { #expect(line.count < max(2, columns), "\(line)") }
      #expect(!terminal.text.contains("\u{1B}"))
    }
  }

  @Test func onlyWhatTakesColoursGetsThem() throws {
    try withDirectory { directory in
      #expect(zoo(compare + " --quiet --out \(directory)/r").code == 0)
      for (option, takesColor) in [("", true), ("", false), ("--no-color", true)] {
        let terminal = FakeTerminal(columns: 80, takesColor: takesColor)
        let words = "resume \(directory)/r \(option)".split(separator: " ").map(String.init)
        #expect(testCatalog().run(words, output: terminal, errors: CapturedText()) == 0)
        #expect(terminal.text.contains("\u{1B}") == (takesColor && option.isEmpty))
      }
    }
  }

  @Test func aPlotIsAsWideAsItsTerminal() throws {
    try withDirectory { directory in
      #expect(zoo(compare + " --quiet --out \(directory)/r").code == 0)
      for columns in [40, 60, 80, 200] {
        let terminal = FakeTerminal(columns: columns, takesColor: false)
        #expect(testCatalog().run(["resume", "\(directory)/r"], output: terminal, errors: CapturedText()) == 0)
        let plot = terminal.text.split(separator: "\n").filter { $0.contains("│") || $0.contains("┤") }
        #expect(!plot.isEmpty)
        for line in plot { #expect(line.count <= columns, "\(line)") }
      }
    }
  }

  @Test(
    arguments: [
      ("runs/x", "runs/x"), ("runs/x/", "runs/x"), ("runs/x//", "runs/x"), ("/", "/"), ("//", "/"), (".", "."),
      ("../x", "../x"), ("~x", "./~x"), ("-x", "./-x"), ("a/~", "a/~"), ("./~", "./~"), ("a b%20\n", "a b%20\n"),
    ]) func aPathIsWhatWasTyped(typed: String, meant: String) throws
  { #expect(try path(typed: typed) == meant) }

  @Test func aTildeIsTheHomeDirectoryAndAnEmptyTextIsNoPath() throws {
    let home = try #require(ProcessInfo.processInfo.environment["HOME"])
    #expect(try path(typed: "~") == home)
    #expect(try path(typed: "~/runs/") == home + "/runs")
    #expect(throws: UsageProblem.self) { try path(typed: "") }
  }

  @Test func everyExitCodeIsInTheTableOfTheGuideAndInHelp() throws {
    let codes = [
      ExitCode.done, ExitCode.usage, ExitCode.failedRuns, ExitCode.interrupted, ExitCode.failedChecks,
      ExitCode.outsideTolerance, ExitCode.unheard, ExitCode.outOfMemory,
    ]
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let guide = try read(root.appending(path: "Documentation/MetaRLZoo.docc/Guides/CommandLine.md").path)
    let section = try #require(guide.components(separatedBy: "### Exit codes").last)
    let rows = section.components(separatedBy: "\n\n")[1].split(separator: "\n").dropFirst(2)
    #expect(rows.map { Int32($0.split(separator: "|")[0].filter { $0.isNumber }) } == codes)
    let help = zoo("help").output.components(separatedBy: "Exit codes:").last ?? ""
    for code in codes { #expect(help.contains(" \(code) "), "\(code)") }
  }

  @Test func aMessageIsOneLineWhateverTheNameInIt() {
    let ended = (output: CapturedText(), errors: CapturedText())
    #expect(testCatalog().run(["status", "two\nlines\u{1B}[2J"], output: ended.output, errors: ended.errors) == 2)
    #expect(ended.errors.text == "error: there is no directory \"two\\nlines\\u{1b}[2J\"\n")
  }

  @Test func pathsThatNameNoFileAreRefusedBeforeAnyWork() throws {
    try withDirectory { directory in
      let run = directory + "/run"
      #expect(zoo("train --learner best-arm --family point-navigation --out \(run) --quiet").code != 0)
      #expect(
        zoo("train --learner wanderer --family bernoulli-bandit-5x10 --steps 20 --tasks 2 --out \(run) --quiet")
          .code == 0)
      for (line, message) in [
        ("render \(run) --out \(directory)/r.jpg", "no pictures of the format \"jpg\""),
        ("render \(run) --out \(directory)/r.svg/x.mp4", "no pictures of the format \"mp4\""),
        ("export \(run) --to safetensors --out \(directory)/new/", "is a directory"),
        ("export \(run) --to csv --out \(directory)/t.csv", "looks like a file"),
        ("report \(run) --out \(directory)/r.html", "looks like a file"),
        ("train --learner wanderer --family bernoulli-bandit-5x10 --out \(directory)/a.json", "looks like a file"),
        ("compare \(run)", "is a directory"), ("status \(run)/config.json", "is not a directory"),
      ] {
        let ended = zoo(line)
        #expect(ended.code == 2 && ended.errors.contains(message), "\(ended.errors)")
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: directory)
      #expect(left == ["run"])
    }
  }
}
