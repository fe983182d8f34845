/// The page that shows all tables with our results: `papers/README.md`.
struct PaperIndex {
  let folder: PaperFolder
  let tables: [JudgedTable]

  var path: String { folder.path + "/README.md" }

  /// Whether the file says what the tables and results say now.
  var isFresh: Bool { (try? Files.text(of: path)) == markdown }

  /// The command that writes the file again.
  static let command = "zoo reproduce check --write"

  /// Judges all tables of a folder.
  init(_ folder: PaperFolder, catalog: Catalog) throws {
    self.folder = folder
    tables = try folder.tables().map { JudgedTable($0, try PaperResults(of: $0), catalog: catalog) }
  }

  /// The expected content of the file.
  var markdown: String {
    var text = """
      # Results

      Every number here was made by a committed command. This page is generated from the files in this folder by
      `\(Self.command)`, and a test fails if it is not what they say.

      | table | what it shows | cells |
      | --- | --- | --- |

      """
    for table in tables {
      text +=
        "| [\(table.table.name)](#\(Self.anchor(table.table.name))) | \(table.table.caption) | \(table.summary) |\n"
    }
    if !folder.otherFolders.isEmpty {
      text += "\nResults that are not of a paper:\n\n"
      for name in folder.otherFolders { text += "- [\(name)](\(name)): \(heading(of: name))\n" }
    }
    text += "\n" + Self.explanation
    for table in tables {
      text += "\n" + table.markdown(isNoted: Files.exists("\(folder.path)/\(table.table.paper)/notes.md"))
    }
    return text
  }

  private static let explanation = """
    ## How to read the tables

    *Published* is the paper's number, with its own ± if it prints one. *Ours* is the mean over test tasks and seeds with
    a 95 % interval in brackets. The seeds share their tasks, so the error of the number of tasks and that of the number of
    seeds add, and the interval is Student's with the degrees of freedom of Welch and Satterthwaite: few seeds that
    differ make it wide. Where the tasks are all there are, only seeds add, and one seed has no interval. The last checkpoint is evaluated, never the best one.
    *Median* is over the tasks of all seeds together: one task that goes far wrong moves a mean and leaves the median. Verdicts
    are of means. Results from before medians were stored have none.

    | verdict | when |
    | --- | --- |
    | reproduced | with at least the paper's own budget, the two intervals have a point in common |
    | within (laptop budget) | they do, with less training than the paper's: no claim that the paper was reproduced |
    | above, below | they do not, and ours is higher or lower |
    | undecided | they do, but ours reaches further than a quarter of the published number, or there is none: it says too little |
    | not comparable | the two are not the same quantity; `zoo reproduce show` says why |
    | not in the paper | our own row, which the paper does not have |
    | not run | there is no result |
    | stale | the result was made with settings, a budget or a family that are no longer the table's, or what it is tested against was run again |

    The interval around a published number is its own sampling error and half a unit of its last digit. Where the paper
    prints no error but says how many tasks its means are over, the error is what that many tasks have with the deviation
    that ours have. `zoo reproduce show NAME` prints the sources, settings and deviations; `notes.md` in each folder says
    what the paper leaves unsaid and what we conclude.

    """

  private static func anchor(_ name: String) -> String {
    String(name.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
  }

  /// The first heading of a folder's own page.
  private func heading(of name: String) -> String {
    let text = (try? Files.text(of: "\(folder.path)/\(name)/README.md")) ?? ""
    let heading = text.split(separator: "\n").first { $0.hasPrefix("# ") }
    return heading.map { $0.dropFirst(2).lowercased() } ?? name
  }
}

extension JudgedTable {
  fileprivate func markdown(isNoted: Bool) -> String {
    var text = "## \(table.name)\n\n\(table.caption). \(table.citation.text).\n"
    if isNoted { text += "\nSee the [notes](\(table.paper)/notes.md). " } else { text += "\n" }
    text += "Rule: \(table.rule.words)\n\n"
    let hasFew = cells.contains { $0.ofAsManyTasks != nil }
    let few = hasFew ? ["ours on \(table.rule.reportedTasks ?? 0) tasks"] : []
    let median = hasMedians ? ["median"] : []
    var rows = TextTable(
      header: ["row", "column", "published", "ours"] + median + few + ["verdict", "experiment"])
    for cell in cells {
      let more = (hasMedians ? [cell.medianText] : []) + (hasFew ? [cell.ofAsManyTasksText] : [])
      rows.rows.append(
        [cell.cell.row, cell.cell.column, cell.reportedText, cell.oursText] + more
          + [cell.verdictText, cell.cell.experiment ?? "–"])
    }
    text += rows.markdown
    let made = table.experiments.filter { records[$0.id] != nil }
    guard !made.isEmpty else { return text }
    text += "\n<details><summary>\(table.name): with what these were made</summary>\n\n"
    var costs = TextTable(
      header: ["experiment", "budget", "training steps", "tasks", "seeds", "time", "commit", "machine", "date"])
    for experiment in made {
      if let record = records[experiment.id] { costs.rows.append([experiment.id] + record.costs) }
    }
    return text + costs.markdown + "\n</details>\n"
  }
}

extension PaperResults.Record {
  /// Budget, training steps, tasks, seeds, processor time, commits, machines and dates.
  fileprivate var costs: [String] {
    func distinct(_ texts: [String]) -> String {
      var seen: [String] = []
      for text in texts where !seen.contains(text) { seen.append(text) }
      return seen.joined(separator: "; ")
    }
    let steps = seeds.map(\.cost.environmentSteps).max() ?? 0
    let seconds = seeds.reduce(0) { $0 + $1.cost.processorSeconds }
    return [
      budget.rawValue, steps == 0 ? "none" : NumberText.count(Double(steps)),
      identity["testTasks"]?.text ?? "", seeds.map { "\($0.seed)" }.joined(separator: ", "),
      NumberText.duration(seconds),
      distinct(seeds.map { ($0.madeBy.commit?.prefix(9)).map(String.init).map { "`\($0)`" } ?? "unknown" })
        + (seeds.contains { $0.madeBy.hasChanges != false } ? " with changes" : ""),
      distinct(seeds.map(\.madeBy.machine)), distinct(seeds.map(\.madeBy.date)),
    ]
  }
}
