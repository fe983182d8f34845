import Foundation
import Testing
import Zoo

@Suite(.temporaryDirectory) struct CheckedOutCommitTests {
  private let directory = TemporaryDirectory.path

  private let commit = String(repeating: "a1b2", count: 10)

  private func write(_ text: String, to path: String) throws {
    let directory = URL(filePath: path).deletingLastPathComponent().path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try save(text, to: path)
  }

  @Test(arguments: [true, false])
  func aLinkedWorkingTreeKnowsItsCommit(isPacked: Bool) throws {
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

  @Test func whatIsNoCommitIsNotTakenForOne() throws {
    for text in ["nonsense", "ref: refs/heads/none", "a1b2", String(repeating: "z", count: 40)] {
      try write(text + "\n", to: directory + "/.git/HEAD")
      #expect(checkedOutCommit(in: directory) == nil)
    }
  }

  @Test("The program's commit is not that of the directory it is started in") func commitOfTheProgram() throws {
    try write(commit + "\n", to: directory + "/.git/HEAD")
    let machine = Machine.json(of: nil, in: directory)
    #expect(machine["workingDirectoryCommit"]?.stringValue == commit)
    #expect(machine["commit"] == Machine.build.commit.map { .string($0) } ?? .null)
    #expect(machine["commit"]?.stringValue != commit)
    try write("ref: refs/heads/none\n", to: directory + "/.git/HEAD")
    #expect(Machine.json(of: nil, in: directory)["workingDirectoryCommit"] == .null)
  }

  @Test func aProgramOfAnotherPackageHasACommitOfItsOwn() throws {
    var catalog = testCatalog()
    catalog.builtFrom = SourceRecord(commit: commit, hasChanges: true)
    let line = "compare --learners best-arm --seeds 0 --tasks 2 --steps 0 --quiet --out \(directory)/r"
    #expect(zoo(line, in: catalog).code == 0)
    let machine = try JSONValue(parsing: read(directory + "/r/machine.json"))
    #expect(machine["ownCommit"]?.stringValue == commit && machine["ownHasChanges"] == true)
    #expect(machine["commit"]?.stringValue != commit)
  }

  private func comparison(madeOn machine: String) throws -> String {
    let results = directory + "/r"
    expectDone(zoo("compare --learners best-arm --seeds 0 --tasks 2 --steps 0 --quiet --out \(results)"))
    try save("{ \(machine) }", to: results + "/machine.json")
    return results
  }

  /// The commands that a report says to type.
  private func commands(of results: String) throws -> [String] {
    expectDone(zoo("report \(results) --quiet"))
    let report = try JSONValue(parsing: read(results + "/report/report.json"))
    return report["commands"]?.arrayValue?.compactMap(\.stringValue) ?? []
  }

  /// Machines of comparisons, and whether the report says to check a commit out.
  @Test(
    "A report says to check out only what the program was built from",
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
  func commitToCheckOut(machine: String, isAdvised: Bool, words: String) throws {
    let (ours, users) = (commit, String(repeating: "c0de", count: 10))
    func filled(_ text: String) -> String {
      text.replacing("\"C\"", with: "\"\(ours)\"").replacing("\"W\"", with: "\"\(users)\"")
    }
    let results = try comparison(madeOn: filled(machine))
    // The process that is in the list of runs was built from something, too.
    let lines = try read(results + "/manifest.jsonl").split(separator: "\n")
    let manifest = lines.filter { !$0.contains("\"process\"") }
    try save(manifest.joined(separator: "\n") + "\n", to: results + "/manifest.jsonl")
    let commands = try commands(of: results)
    #expect(commands.contains { $0.contains("git checkout \(ours)") } == isAdvised, "\(commands)")
    #expect(!commands.contains { $0.contains(users) })
    let page = try read(results + "/report/report.html")
    #expect(page.contains("commit that the zoo was built from: " + words.replacing("C", with: ours)), "\(words)")
    if machine.contains("\"W\"") {
      #expect(page.contains("commit of the directory that it was started in: \(users)"))
    }
  }

  @Test("A comparison continued by another build is not said to be of one build")
  func comparisonOfTwoBuilds() throws {
    let machine = #""commit": "C", "hasChanges": false, "program": "zoo", "workingDirectoryCommit": null"#
    let commands = try commands(of: comparison(madeOn: machine.replacing("\"C\"", with: "\"\(commit)\"")))
    #expect(!commands.contains { $0.contains("git checkout") }, "\(commands)")
  }

  @Test func aDetachedHeadIsACommit() throws {
    try write(commit + "\n", to: directory + "/.git/HEAD")
    #expect(checkedOutCommit(in: directory) == commit)
  }
}
