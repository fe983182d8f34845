import Foundation
import GymnasiumBridge
import MetaRL
import Tensors
import Testing

@Suite(.enabled(if: Python.isThere, Comment(rawValue: Python.isMissing))) struct FaultTests {
  private func failure(of name: String, restarts: Int = 0, seconds: Double = 60) throws -> String {
    let family = try fake(name) { ($0.restartsPerEpisode, $0.secondsOfSilence) = (restarts, seconds) }
    do {
      _ = try play(family, episodes: 0..<6)
      return ""
    } catch {
      return "\(error)"
    }
  }

  // The trajectory that is played twice when a family is opened takes up to 40 steps.
  @Test(arguments: [
    (
      "walk.die-60",
      "walk.die-60: its Python process ended with exit code 7; the last that it printed: this is my last word"
    ),
    ("walk.garbage-60", "walk.garbage-60: its Python process sent something that is not an answer"),
    ("walk.stray-60", "walk.stray-60: its Python process sent something that is not an answer"),
    ("walk.raise-60", "walk.raise-60: ValueError: no such thing (my_environment.py, line 3)"),
    ("walk.shape-60", "its shapes have changed"), ("walk.nan-60", "the environment's reward in lane"),
    ("walk.unseen-60", "the environment's observation in lane"),
  ])
  func faultsAreTold(name: String, message: String) throws {
    let text = try failure(of: name)
    #expect(text.contains(message), "\(text)")
    #expect(!text.contains("\n"))
  }

  @Test func aProcessThatHangsIsEnded() throws {
    let family = try fake("walk.hang-60") { ($0.restartsPerEpisode, $0.secondsOfSilence) = (0, 0.5) }
    let processes = family.processIdentifiers
    let start = ContinuousClock.now
    expectFailure("gave no sign of life for 0.5 s and was ended (METARLZOO_PYTHON_TIMEOUT sets the time)") {
      try play(family, episodes: 0..<6)
    }
    #expect(ContinuousClock.now - start < .seconds(30))
    for process in processes { #expect(kill(process, 0) == -1 && errno == ESRCH) }
  }

  @Test func aProcessThatGivesSignsOfLifeMayTakeItsTime() throws {
    try withGuard { guarding in
      let family = try fake("walk.slow-60", once: guarding) {
        ($0.restartsPerEpisode, $0.secondsOfSilence) = (0, 0.6)
      }
      try arm(guarding)
      _ = try play(family, episodes: 0..<6)
      #expect(!FileManager.default.fileExists(atPath: guarding))
    }
  }

  @Test(
    "An episode whose process is lost is repeated to the same bytes",
    arguments: ["walk.die-60", "walk.hang-60", "walk.garbage-60"])
  func lostEpisodeIsRepeated(name: String) throws {
    let expected = try play(fake(), episodes: 0..<6)
    try withGuard { guarding in
      let notes = Notes()
      let family = try fake(name, once: guarding) {
        ($0.secondsOfSilence, $0.mostProcesses) = (2, 1)
        $0.note = notes.add
      }
      try arm(guarding)
      // Tasks are named after the family, so the same ones have to be asked for.
      let played = try play(Renamed(base: family, tasks: try fake()), episodes: 0..<6)
      #expect(played == expected)
      #expect(!FileManager.default.fileExists(atPath: guarding))
      #expect(notes.all.count == 1 && notes.all[0].hasSuffix("the episode is repeated in another process"))
    }
  }

  @Test func aProcessThatIsKilledFromOutsideIsReplaced() throws {
    let family = try fake { $0.mostProcesses = 2 }
    let expected = try play(family)
    // Another process is started for the second of two episodes at a time.
    var (first, second) = (
      family.makeEnvironment(for: [TaskID(.test, 0)]), family.makeEnvironment(for: [TaskID(.test, 0)])
    )
    var random = LaneRandom([RandomStream(seed: 0)])
    _ = try first.reset(using: &random)
    _ = try second.reset(using: &random)
    #expect(family.processIdentifiers.count == 2)
    for process in family.processIdentifiers { kill(process, SIGKILL) }
    let action = Actions.continuous(Tensor([0.1, 0.2], shape: [1, 2]))
    _ = try first.step(action, using: &random)
    _ = try second.step(action, using: &random)
    #expect(try play(family) == expected)
    let strict = try fake { $0.restartsPerEpisode = 0 }
    for process in strict.processIdentifiers { kill(process, SIGKILL) }
    expectFailure("was killed by signal 9, as happens where memory runs out") { try play(strict) }
    // What comes after has a process of its own again.
    #expect(try play(strict) == expected)
  }

  @Test(arguments: [1, 2]) func aFaultThatComesBackEndsTheEpisode(restarts: Int) throws {
    try withGuard { guarding in
      let notes = Notes()
      let family = try fake("walk.die-10.again", once: guarding) {
        $0.restartsPerEpisode = restarts
        $0.note = notes.add
      }
      let expected = try play(family)
      try arm(guarding)
      #expect { _ = try play(family) } throws: {
        "\($0)".hasSuffix("this is my last word; the episode was repeated and this happened again")
      }
      #expect(notes.all.count == restarts)
      try FileManager.default.removeItem(atPath: guarding)
      #expect(try play(family) == expected)
    }
  }

  @Test("An episode that goes differently is not taken for the same") func differentEpisodeIsNoticed() throws {
    try withGuard { guarding in
      let family = try fake("walk.random.die-60", once: guarding)
      try arm(guarding)
      expectFailure("in another one the same episode goes differently") { try play(family, episodes: 0..<6) }
    }
  }

  @Test("An environment that is another after its process was lost is refused")
  func changedEnvironmentIsRefused() throws {
    try withGuard { guarding in
      try arm(guarding)
      let family = try fake("walk.changing", once: guarding)
      try FileManager.default.removeItem(atPath: guarding)
      for process in family.processIdentifiers { kill(process, SIGKILL) }
      expectFailure("is not what it was when the zoo first asked") { try play(family) }
    }
  }

  @Test(arguments: [
    ("walk.protocol", "its protocol is 2"), ("walk.greeting", "does not say what the family is"),
    ("walk.words", "does not say what the family is: its episodesPerLifetime cannot be read"),
    ("walk.units.short", "its range of actions is [0.0] to [4.0, 0.5]"),
    ("walk.die-1", "ended with exit code 7"), ("walk.nan-1", "is not finite"),
  ])
  func faultsAtTheBeginningAreTold(name: String, message: String) throws {
    #expect { _ = try fake(name) { $0.restartsPerEpisode = 0 } } throws: {
      $0 is BridgeError && "\($0)".contains(message)
    }
  }

  @Test("A Python that is too old is named with the version that is needed") func oldPythonIsNamed() throws {
    try withDirectory { directory in
      // What a process is given, run by a Python that says to be another one.
      let pretend = "import sys; sys.version_info = (2, 7, 18); code = sys.argv[2]; sys.argv[1:3] = []; exec(code)"
      let program = "#!/bin/sh\nexec python3 -c '\(pretend)' \"$@\"\n"
      try Data(program.utf8).write(to: URL(filePath: directory + "/python"))
      chmod(directory + "/python", 0o755)
      #expect { _ = try fake { $0.python = directory + "/python" } } throws: {
        "\($0)".hasPrefix("gym:walk: the zoo needs Python 3.8 or later") && "\($0)".contains("is Python 2.7.18")
      }
    }
  }

  @Test func somethingThatIsNoWorkerIsTold() throws {
    expectFailure("ended with exit code 1; the last that it printed: ImportError: no such thing") {
      try fake { $0.script = "raise ImportError('no such thing')" }
    }
    expectFailure("sent something that is not an answer") {
      try fake { $0.script = "import os; os.write(0, b'x' * 100)" }
    }
  }
}

private struct Renamed: TaskFamily {
  let base: GymnasiumFamily
  let tasks: GymnasiumFamily
  var card: FamilyCard { base.card }
  var spec: EnvironmentSpec { base.spec }
  func task(_ id: TaskID) -> GymnasiumTask { tasks.task(id) }
  func makeEnvironment(_ tasks: [GymnasiumTask]) -> GymnasiumLanes { base.makeEnvironment(tasks) }
  func descriptor(of task: GymnasiumTask) -> [Float] { base.descriptor(of: task) }
}
