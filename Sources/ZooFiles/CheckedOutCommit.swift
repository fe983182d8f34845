#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The commit that git has checked out in a directory, or in one above it; nil if what is found there is none.
package func checkedOutCommit(in path: String) -> String? {
  var directory = URL(filePath: path, directoryHint: .isDirectory)
  while true {
    let marker = directory.appending(path: ".git", directoryHint: .notDirectory)
    if Files.exists(marker.path) {
      return commit(in: gitDirectory(marker)).flatMap { text in
        let isDigest = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        return isDigest && [40, 64].contains(text.utf8.count) ? text : nil
      }
    }
    let above = directory.deletingLastPathComponent()
    guard above.path.count < directory.path.count else { return nil }
    directory = above
  }
}

/// Where git keeps what it knows of a working tree: a linked one has a file that says so in place of the directory.
private func gitDirectory(_ marker: URL) -> URL {
  guard let pointer = firstLine(of: marker), pointer.hasPrefix("gitdir: ") else {
    return URL(filePath: marker.path, directoryHint: .isDirectory)
  }
  return URL(
    filePath: String(pointer.dropFirst(8)), directoryHint: .isDirectory,
    relativeTo: marker.deletingLastPathComponent())
}

private func commit(in repository: URL) -> String? {
  guard let head = firstLine(of: repository.appending(path: "HEAD")) else { return nil }
  guard head.hasPrefix("ref: ") else { return head }
  let reference = String(head.dropFirst(5))
  // Branches are shared by all working trees of a repository, and are where the first one has them.
  let common = firstLine(of: repository.appending(path: "commondir"))
    .map { URL(filePath: $0, directoryHint: .isDirectory, relativeTo: repository) }
  let roots = [repository] + (common.map { [$0] } ?? [])
  for root in roots {
    if let commit = firstLine(of: root.appending(path: reference)) { return commit }
  }
  for root in roots {
    let packed = (try? String(contentsOf: root.appending(path: "packed-refs"), encoding: .utf8)) ?? ""
    if let line = packed.split(separator: "\n").first(where: { $0.hasSuffix(" " + reference) }) {
      return line.split(separator: " ").first.map(String.init)
    }
  }
  return nil
}

private func firstLine(of file: URL) -> String? {
  guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
  return text.split(separator: "\n").first.map(String.init)
}
