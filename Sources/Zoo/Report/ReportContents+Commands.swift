import MetaRL

extension ReportContents {
  /// The lines to type for the same results.
  var commands: [String] {
    var lines: [String] = []
    // Only the zoo as a commit has it gives the same results for sure.
    if origins.count == 1, let commit = origins[0].commit, origins[0].hasChanges == false,
      origins[0].program == Machine.zooProgram
    {
      lines.append("git checkout \(Self.quoted(commit)) && swift build -c release --product zoo")
    }
    // Options may have lain over a file, so all is said in options.
    let comparisons = compareLines
    let places = comparisons.indices.map { comparisons.count == 1 ? "results" : "results-\($0 + 1)" }
    return lines + comparisons + [
      "zoo report " + places.joined(separator: " ") + (places.count > 1 ? " --out report" : "")
    ]
  }

  /// One command for all families that share a budget of steps and a lifetime, as far as they do.
  private var compareLines: [String] {
    var groups: [(suite: CommandKey, families: [FamilyContents])] = []
    for family in families {
      let key = CommandKey(family)
      if let place = groups.firstIndex(where: { $0.suite.fits(key) }) {
        groups[place].families.append(family)
        if key.split == .test { groups[place].suite.split = .test }
      } else {
        groups.append((key, [family]))
      }
    }
    return groups.enumerated().map { number, group in
      let names = group.families.map { $0.name.split(separator: "@").first.map(String.init) ?? $0.name }
      var words = [
        "zoo compare", "--learners", Self.quoted(learners.map(\.name).joined(separator: ",")), "--families",
        Self.quoted(names.joined(separator: ",")), "--seeds", seedsInWords,
      ]
      if let tasks = Self.tasks(of: group.families) { words += ["--tasks", "\(tasks)"] }
      words += [
        "--split", group.suite.split.rawValue, "--probe-episodes", "\(group.suite.probeEpisodes)",
      ]
      if let steps = group.suite.steps { words += ["--steps", "\(steps)"] }
      if let episodes = group.suite.episodes { words += ["--episodes", "\(episodes)"] }
      for learner in learners {
        let chosen = learner.settings.flatMap(\.settings).filter { ["flag", "file", "paper"].contains($0.origin) }
        var said: Set<String> = []
        for setting in chosen where said.insert(setting.key).inserted {
          words += ["--set", Self.quoted("\(learner.name).\(setting.key)=\(setting.typed)")]
        }
      }
      return (words + ["--out", groups.count == 1 ? "results" : "results-\(number + 1)"]).joined(separator: " ")
    }
  }

  /// The number of tasks that was asked for, as far as results tell: families with fewer are evaluated on all they have.
  ///
  /// - Returns: nil if it was the usual one of each family.
  private static func tasks(of families: [FamilyContents]) -> Int? {
    let counts = families.map(\.evaluation.taskCount)
    let most = counts.max() ?? 0
    let usual = zip(families, counts).count { $0.usualTasks == $1 }
    return usual > counts.count { $0 == most } ? nil : most
  }

  /// "0..4" where that says it, otherwise every seed.
  private var seedsInWords: String {
    guard let first = seeds.first, let last = seeds.last else { return "0" }
    let isRow = zip(seeds, seeds.dropFirst()).allSatisfy { $0 < .max && $0 + 1 == $1 }
    return seeds.count > 2 && isRow ? "\(first)..\(last)" : seeds.map(String.init).joined(separator: ",")
  }

  /// A word as a shell takes it, whatever is in it.
  static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.unicodeScalars.allSatisfy { scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", ",", "/", "=", "@", ":": true
        default: false
        }
      }
    return isPlain
      ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}

/// The properties that families of one command share.
private struct CommandKey {
  var steps: Int?
  /// Nil for those of each family.
  var episodes: Int?
  var probeEpisodes: Int
  var split: TaskID.Split

  init(_ family: FamilyContents) {
    steps = family.steps
    let played = family.evaluation.episodesPerLifetime
    episodes = played == family.card.episodesPerLifetime ? nil : played
    probeEpisodes = family.evaluation.episodesPerProbe
    split = family.evaluation.split
  }

  /// Whether one command does for both: families whose tasks are few are evaluated on all they have, and those whose
  /// test tasks are those of training say so.
  func fits(_ other: CommandKey) -> Bool {
    let isOneSplit = split == other.split || Set([split, other.split]) == [.test, .train]
    return steps == other.steps && episodes == other.episodes && probeEpisodes == other.probeEpisodes && isOneSplit
  }
}

extension StoredSetting {
  /// The value as it is typed after `--set`.
  fileprivate var typed: String {
    String(value.text.unicodeScalars.filter { !["\"", "[", "]", " "].contains($0) }.map(Character.init))
  }
}
