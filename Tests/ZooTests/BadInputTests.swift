import Foundation
import Testing
import Zoo

@Suite(.temporaryDirectory) struct BadInputTests {
  private let directory = TemporaryDirectory.path

  @Test(arguments: [
    ("compar", "unknown command \"compar\". Nearest: compare."),
    ("compare --learner best-arm", "unknown option \"--learner\". Nearest: --learners."),
    ("compare --learners best-amr", "unknown learner \"best-amr\". Nearest: best-arm."),
    ("compare --families bandit", "unknown family \"bandit\". There are: bernoulli-bandit-5x10, point-navigation."),
    ("compare --learners best-arm,best-arm", "learner best-arm is named twice"),
    ("compare --seeds 0,0", "seed 0 is named twice"),
    ("compare --seeds 2..0", "--seeds is a list of whole numbers"),
    ("compare --seeds 0..99999999", "more than 10000 seeds"),
    ("compare --seeds -1", "--seeds is a list of whole numbers"),
    ("compare --seeds 2..0", "type 0..2"),
    (
      "compare --seeds 0,1764470000000000000",
      "1764470000000000000 is too large. Seeds are whole numbers from 0 to 900"
    ),
    ("compare --seeds 99999999999999999999", "is too large"),
    ("compare --seeds 1.5", "--seeds is a list of whole"),
    ("compare --steps 9007199254740993.0", "--steps is a whole number from 0"),
    (
      "train --learner best-arm --family bernoulli-bandit-5x10 --seed 1764470000000000000",
      "--seed is a whole number from 0 to 9007199254740992, not \"1764470000000000000\""
    ),
    ("stats /nowhere", "there is no such directory"), ("stats /etc/hostname", "it is a file; name the directory"),
    ("evaluate /etc/hostname", "it is a file; name the directory"),
    ("status /etc/hostname", "is not a directory"),
    ("resume /etc/hostname", "is not a directory"), ("export /nowhere --to csv", "there is no such directory"),
    ("export /nowhere --to onnx", "there is no such directory"),
    ("compare --steps lots", "--steps is a whole number from 0"),
    ("compare --split tests", "unknown split \"tests\". Nearest: test."),
    ("compare --jobs 0", "--jobs is a whole number from 1 to 1024"),
    ("compare --tasks 0", "--tasks is a whole number from 1"),
    ("compare --steps 5 --steps 6", "--steps is given twice"),
    ("compare --steps", "--steps needs a value: --steps N"),
    ("compare --json=yes", "--json takes no value"),
    ("compare --set exploration", "--set is key=value"),
    (
      "compare --set explorations=1",
      "unknown key \"explorations\". Nearest: exploration. See: zoo describe best-arm"
    ),
    ("compare --set colour=1", "unknown key \"colour\". See: zoo describe LEARNER"),
    ("compare --set wanderer.colour=1", "unknown key \"colour\". See: zoo describe wanderer"),
    ("compare --set best-arms.exploration=1", "unknown learner \"best-arms\". Nearest: best-arm."),
    ("compare --set exploration=3", "exploration is a number from 0 to 1, not 3. Nearest: exploration=1"),
    ("compare --families point-navigation", "best-arm cannot play point-navigation: it needs choices"),
    ("compare everything", "or \"suite\", and there is no file \"everything\""),
    ("compare --checkpoint-seconds -1", "--checkpoint-seconds is a number from 0 to 86400, not \"-1\""),
    ("resume", "resume needs one directory"), ("resume /nowhere", "there is no directory \"/nowhere\""),
    ("resume /tmp", "holds neither a comparison nor a run"),
    ("status /tmp", "holds neither a comparison nor a run"),
    ("watch", "watch needs one directory"),
    ("train --learner best-arm", "train needs --learner and --family"),
    ("train --learner best-arm --family bernoulli-bandit-5x10 --seed 0..2", "--seed is one whole number"),
    ("evaluate", "evaluate needs the directory of one run"),
    ("evaluate /nowhere", "is not the directory of a run"),
    ("list", "list needs one word"),
    ("list learnes", "unknown list \"learnes\". Nearest: learners."),
    ("describe best-am", "Nearest: best-arm."),
    ("help compar", "Nearest: compare."),
    ("-x", "unknown command \"-x\""),
  ])
  func aMistakeGivesOneMessageAndCode2(line: String, message: String) { expectRefusal(zoo(line), message) }

  /// The catalog that users have, with its settings, families and tables of papers.
  @Test(
    "A mistake with the standard catalog gives one message and exit code 2",
    arguments: [
      ("compare --learners mamll", "unknown learner \"mamll\". Nearest: maml."),
      ("compare --families point-navigaton", "Nearest: point-navigation."),
      ("compare --seeds 3..x", "--seeds is a list of whole numbers"),
      ("compare --set inerSteps=2", "unknown key \"inerSteps\". Nearest: innerSteps. See: zoo describe maml"),
      ("compare --set innerSteps=two", "innerSteps is a whole number from 0 to 20, not two"),
      ("compare --set innerSteps=-1", "innerSteps is a whole number from 0 to 20, not -1. Nearest: innerSteps=0"),
      ("compare --set outerUpdate=sgd", "outerUpdate is one of trpo, ppo, adam, interpolation, none, not sgd"),
      ("watch /dev/null", "is not a directory"),
      ("train --learner maml", "train needs --learner and --family"),
      ("train --learner thompson --family point-navigation", "thompson cannot play point-navigation"),
      ("reproduce run nothing --papers nowhere", "there is no directory \"nowhere\""),
      ("reproduce list --papers nowhere", "there is no directory \"nowhere\""),
      ("describe nothing", "unknown learner or family \"nothing\""),
      ("describe gim:Pendulum-v1", "Nearest: gym:Pendulum-v1."),
      ("describe gym:Nothing-v9", "gym:Nothing-v9"),
      ("train --learner maml --family gym:nothing:Nothing-v9", "gym:nothing:Nothing-v9"),
      ("list nothing", "unknown list \"nothing\""),
    ])
  func mistakesWithTheStandardCatalog(line: String, message: String) {
    expectRefusal(zoo(line, in: .standard), message)
  }

  @Test("A kernel path that does not exist is refused with the nearest") func unknownKernelPath() throws {
    try checkKernelPath(nil)
    try checkKernelPath("portable")
    let problem = #expect(throws: UsageError.self) { try checkKernelPath("portabel") }
    #expect("\(problem as Any)".contains("Nearest: portable."))
  }

  @Test("A directory that cannot be written is found before any work") func unwritableDirectory() throws {
    try save("a file", to: directory + "/file")
    let ended = expectError(
      zoo(
        "compare --out \(directory)/file/results",
        isInterrupted: {
          Issue.record("work was begun")
          return true
        }), "cannot write to the directory")
    #expect(ended.errors.contains("Choose another with --out DIR."))
  }

  @Test(arguments: [
    ("/dev/null/results", "cannot write to the directory \"/dev/null/results\": \"/dev/null\" is not a directory."),
    ("/dev/null", "\"/dev/null\""), ("/proc/x/y", "\"/proc"),
  ])
  func whatIsWrongWithADirectoryIsSaidInWords(path: String, message: String) {
    let ended = expectError(zoo("compare --out \(path)"), message)
    for riddle in ["the system refuses", "no such file"] {
      #expect(!ended.errors.contains(riddle), "\(ended.errors)")
    }
  }

  @Test func resultsAreNeverOverwritten() throws {
    try save("precious", to: directory + "/notes")
    expectError(zoo("compare --out \(directory)"), "is not empty")
    #expect(try read(directory + "/notes") == "precious")
  }

  @Test(
    arguments: [
      ("config.json", "{", "is not JSON: line 1"), ("config.json", "{}", "schema is missing, and should be 2"),
      ("checkpoint.safetensors", "{\"learner\": 3}", "checkpoint.safetensors\": it ends within its header"),
    ])
  func aSpoiledRunDirectoryIsRefused(file: String, text: String, message: String) throws {
    let run = directory + "/run"
    #expect(zoo("train --learner best-arm --family bernoulli-bandit-5x10 --out \(run) --quiet").code == 0)
    try save(text, to: run + "/" + file)
    expectError(zoo("evaluate \(run)"), message)
  }
}
