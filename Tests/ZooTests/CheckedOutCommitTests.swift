import Foundation
import Testing
import Zoo

@Suite struct CheckedOutCommitTests {
  private let commit = String(repeating: "a1b2", count: 10)

  private func write(_ text: String, to path: String) throws {
    let directory = URL(filePath: path).deletingLastPathComponent().path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }

  @Test(arguments: [true, false])
  func aLinkedWorkingTreeKnowsItsCommit(isPacked: Bool) throws {
    try withDirectory { directory in
      let git = directory + "/first/.git"
      try write("ref: refs/heads/side\n", to: git + "/worktrees/second/HEAD")
      try write("../..\n", to: git + "/worktrees/second/commondir")
      if isPacked {
        try write("# pack-refs with: peeled\n\(commit) refs/heads/side\n", to: git + "/packed-refs")
      } else {
        try write(commit + "\n", to: git + "/refs/heads/side")
      }
      try write("gitdir: \(git)/worktrees/second\n", to: directory + "/second/.git")
      try write("", to: directory + "/second/Sources/a.swift")
      #expect(checkedOutCommit(in: directory + "/second/Sources") == commit)
      try write("ref: refs/heads/side\n", to: git + "/HEAD")
      #expect(checkedOutCommit(in: directory + "/first") == commit)
    }
  }

  @Test func whatIsNoCommitIsNotTakenForOne() throws {
    try withDirectory { directory in
      for text in ["nonsense", "ref: refs/heads/none", "a1b2", String(repeating: "z", count: 40)] {
        try write(text + "\n", to: directory + "/.git/HEAD")
        #expect(checkedOutCommit(in: directory) == nil)
      }
    }
  }

  @Test func theProgramsCommitIsNotThatOfTheDirectoryItIsStartedIn() throws {
    try withDirectory { directory in
      try write(commit + "\n", to: directory + "/.git/HEAD")
      let machine = Machine.json(of: nil, in: directory)
      #expect(machine["workingDirectoryCommit"]?.stringValue == commit)
      #expect(machine["commit"] == Machine.build.commit.map { .string($0) } ?? .null)
      #expect(machine["commit"]?.stringValue != commit)
      try write("ref: refs/heads/none\n", to: directory + "/.git/HEAD")
      #expect(Machine.json(of: nil, in: directory)["workingDirectoryCommit"] == .null)
    }
  }

  @Test func aProgramOfAnotherPackageHasACommitOfItsOwn() throws {
    try withDirectory { directory in
      var catalog = testCatalog()
      catalog.builtFrom = SourceRecord(commit: commit, hasChanges: true)
      let line = "compare --learners best-arm --seeds 0 --tasks 2 --steps 0 --quiet --out \(directory)/r"
      #expect(zoo(line, in: catalog).code == 0)
      let machine = try JSONValue(parsing: read(directory + "/r/machine.json"))
      #expect(machine["ownCommit"]?.stringValue == commit && machine["ownHasChanges"] == true)
      #expect(machine["commit"]?.stringValue != commit)
    }
  }

  /// Machines of comparisons, and whether the report says to check a commit out.
  @Test(
    arguments: [
      (#""commit": "C", "hasChanges": false, "program": "zoo", "workingDirectoryCommit": "W""#, true, "C"),
      (#""commit": "C", "hasChanges": false, "program": "zoo", "workingDirectoryCommit": null"#, true, "C"),
      (
        #""commit": "C", "hasChanges": true, "program": "zoo", "workingDirectoryCommit": null"#, false,
        "C, with changes"
      ),
      (
        #""commit": "C", "hasChanges": null, "program": "zoo", "workingDirectoryCommit": null"#, false, "C, perhaps"
      ),
      (#""commit": "C", "hasChanges": false, "program": "my-zoo", "workingDirectoryCommit": null"#, false, "C"),
      (#""commit": null, "hasChanges": null, "program": "zoo", "workingDirectoryCommit": "W""#, false, "not known"),
      // As versions before wrote it: the commit of the working directory.
      (#""commit": "W""#, false, "not known"), (#""commit": null"#, false, "not known"),
    ])
  func aReportSaysToCheckOutOnlyWhatTheProgramWasBuiltFrom(
    machine: String, isAdvised: Bool, words: String
  ) throws {
    let (ours, users) = (commit, String(repeating: "c0de", count: 10))
    func filled(_ text: String) -> String {
      text.replacing("\"C\"", with: "\"\(ours)\"").replacing("\"W\"", with: "\"\(users)\"")
    }
    try withDirectory { directory in
      let results = directory + "/r"
      #expect(zoo("compare --learners best-arm --seeds 0 --tasks 2 --steps 0 --quiet --out \(results)").code == 0)
      try "{ \(filled(machine)) }".write(toFile: results + "/machine.json", atomically: true, encoding: .utf8)
      // The process that is in the list of runs was built from something, too.
      let manifest = try read(results + "/manifest.jsonl").split(separator: "\n").filter {
        !$0.contains("\"process\"")
      }
      try (manifest.joined(separator: "\n") + "\n").write(
        toFile: results + "/manifest.jsonl", atomically: true, encoding: .utf8)
      let ended = zoo("report \(results) --quiet")
      #expect(ended.code == 0, "\(ended.errors)")
      let json = try JSONValue(parsing: read(results + "/report/report.json"))
      let commands = json["commands"]?.arrayValue?.compactMap(\.stringValue) ?? []
      #expect(commands.contains { $0.contains("git checkout \(ours)") } == isAdvised, "\(commands)")
      #expect(!commands.contains { $0.contains(users) })
      let page = try read(results + "/report/report.html")
      #expect(
        page.contains("commit that the zoo was built from: " + words.replacing("C", with: ours)), "\(words)")
      if machine.contains("\"W\"") {
        #expect(page.contains("commit of the directory that it was started in: \(users)"))
      }
    }
  }

  @Test func aComparisonGoneOnWithByAnotherBuildIsNotSaidToBeOfOne() throws {
    try withDirectory { directory in
      let results = directory + "/r"
      #expect(zoo("compare --learners best-arm --seeds 0 --tasks 2 --steps 0 --quiet --out \(results)").code == 0)
      let machine =
        "\"commit\": \"\(commit)\", \"hasChanges\": false, \"program\": \"zoo\", \"workingDirectoryCommit\": null"
      try "{ \(machine) }".write(toFile: results + "/machine.json", atomically: true, encoding: .utf8)
      #expect(zoo("report \(results) --quiet").code == 0)
      let commands = try JSONValue(parsing: read(results + "/report/report.json"))["commands"]?.arrayValue ?? []
      #expect(!commands.contains { $0.stringValue?.contains("git checkout") == true }, "\(commands)")
    }
  }

  @Test func aDetachedHeadIsACommit() throws {
    try withDirectory { directory in
      try write(commit + "\n", to: directory + "/.git/HEAD")
      #expect(checkedOutCommit(in: directory) == commit)
    }
  }
}
