/// The folder of papers in a checkout of the repository.
struct PaperFolder: Sendable {
  let path: String
  /// The names of its tables, "duan2016-rl2/table1", in order.
  let names: [String]
  /// Folders with our own results and no table of a paper.
  let otherFolders: [String]

  private static let resultsEnding = ".results.json"

  /// Looks at a folder.
  ///
  /// - Throws: `UsageError` if there is none.
  init(at path: String) throws {
    self.path = path
    guard Files.isDirectory(path), let folders = try? Files.names(in: path) else {
      throw UsageError(
        "there is no directory \"\(path)\". The tables are files of the zoo's repository: run this in a clone of it, or "
          + "name its folder with --papers DIR.")
    }
    var (names, others): ([String], [String]) = ([], [])
    for folder in folders.sorted() {
      guard Files.isDirectory(path + "/" + folder), let files = try? Files.names(in: path + "/" + folder)
      else { continue }
      let tables = files.filter { $0.hasSuffix(".json") && !$0.hasSuffix(Self.resultsEnding) }.sorted()
        .filter { Self.isTable(path + "/" + folder + "/" + $0) }
      names += tables.map { folder + "/" + $0.dropLast(5) }
      if tables.isEmpty, files.contains("README.md") { others.append(folder) }
    }
    self.names = names
    otherFolders = others
  }

  /// Whether a file is meant for a table: reports of other results are JSON, too.
  private static func isTable(_ file: String) -> Bool { !file.hasSuffix("/report.json") }

  /// The table of a name.
  func table(_ name: String) throws -> PaperTable {
    guard names.contains(name) else {
      throw UsageError(unknownName("table", name, among: names) + " See: zoo reproduce list")
    }
    return try PaperTable(at: "\(path)/\(name).json", named: name)
  }

  /// All tables.
  func tables() throws -> [PaperTable] { try names.map(table) }
}
