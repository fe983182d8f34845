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

  @Test func aDetachedHeadIsACommit() throws {
    try withDirectory { directory in
      try write(commit + "\n", to: directory + "/.git/HEAD")
      #expect(checkedOutCommit(in: directory) == commit)
    }
  }
}
