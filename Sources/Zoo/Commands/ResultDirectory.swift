#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A new directory for results, checked before any work is done.
///
/// - Throws: `UsageError` if it cannot be written or holds something.
func resultDirectory(_ arguments: Arguments, prefix: String) throws -> String {
  let path = try arguments.directory("out") ?? unusedName(prefix)
  // What cannot be looked into may hold another run.
  if Files.isDirectory(path), try !Files.names(in: path).isEmpty {
    throw UsageError("the directory \"\(path)\" is not empty. Choose another with --out DIR.")
  }
  try Files.makeWritableDirectory(path)
  return path
}

/// "runs/compare-20260101-101500", with a number appended if the name is taken.
private func unusedName(_ prefix: String) -> String {
  let digits = Date.now.formatted(.iso8601).filter { $0.isNumber }
  let name = "runs/\(prefix)-\(digits.prefix(8))-\(digits.dropFirst(8).prefix(6))"
  var (unused, number) = (name, 2)
  while Files.exists(unused) {
    unused = "\(name)-\(number)"
    number += 1
  }
  return unused
}
