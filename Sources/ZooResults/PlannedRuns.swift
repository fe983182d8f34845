/// The runs that a directory of results is to hold.
package struct PlannedRuns {
  package struct Entry: Sendable {
    package var directory: String
    /// The same, below the directory of its comparison; empty for a run on its own.
    package var path = ""
    /// The learner's name, if it is known without looking into the directory.
    package var learner: String?
    /// The family's name with its version, likewise.
    package var family: String?
    /// The seed, likewise.
    package var seed: Int?
    /// The state, as far as it is known without reading the directory.
    package var state: RunState
  }

  /// The file that names the runs of a comparison.
  package static let manifest = "manifest.jsonl"

  package private(set) var entries: [Entry] = []

  /// Finds the runs of a comparison, or the one run that the directory is of.
  ///
  /// - Throws: `UsageError` if it is neither, or if its manifest says something else than which runs there are.
  package init(in directory: String) throws {
    let directory = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
    let manifest = directory + "/" + Self.manifest
    if Files.exists(directory + "/" + RunFile.config) {
      entries = [Entry(directory: directory, state: .running)]
    } else if Files.exists(manifest) {
      try readManifest(manifest, of: directory)
    } else if Files.exists(directory + "/runs") {
      entries = Self.found(below: directory + "/runs").map { Entry(directory: $0, state: .running) }
    } else {
      throw UsageError(
        "\"\(directory)\" holds neither a comparison nor a run: "
          + Self.absence(of: "manifest.jsonl, no runs and no config.json", in: directory))
    }
    guard !entries.isEmpty else {
      throw UsageError("\"\(Files.exists(manifest) ? manifest : directory)\" names no runs")
    }
  }

  /// The fault of a directory: "it has no config.json".
  package static func absence(of what: String, in directory: String) -> String {
    guard Files.exists(directory) else { return "there is no such directory" }
    guard Files.exists(directory + "/.") else { return "it is a file; name the directory that it is in" }
    return "it has no \(what)"
  }

  private mutating func readManifest(_ path: String, of directory: String) throws {
    // An incomplete last line was cut off while it was written.
    let lines = try Files.text(of: path).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    var places: [String: Int] = [:]
    for (number, line) in lines.enumerated() {
      func problem(_ what: String) -> UsageError { UsageError("\"\(path)\", line \(number + 1): \(what)") }
      guard let json = try? JSONValue(parsing: String(line)), json.members != nil else {
        throw problem("it is not a JSON object")
      }
      // Other lines tell of processes, and of what is not known yet.
      guard let run = json["run"] else { continue }
      guard let name = run.stringValue, name.hasPrefix("runs/"), !name.split(separator: "/").contains("..") else {
        throw problem("run is not a path below runs/")
      }
      guard let word = json["state"]?.stringValue,
        let state = RunState(word, cause: json["cause"]?.stringValue)
      else { throw problem("state is not planned, running, done, failed or interrupted") }
      if state != .planned {
        guard let place = places[name] else { throw problem("\"\(name)\" was not planned") }
        entries[place].state = state
        continue
      }
      guard places[name] == nil else { throw problem("\"\(name)\" is planned twice") }
      guard let learner = json["learner"]?.stringValue, let family = json["family"]?.stringValue,
        let seed = json["seed"]?.integerValue, seed >= 0
      else { throw problem("learner, family or seed is missing") }
      places[name] = entries.count
      entries.append(
        Entry(
          directory: directory + "/" + name, path: name, learner: learner, family: family, seed: seed,
          state: .planned))
    }
  }

  /// The directories three levels below that have a configuration: learner, family, seed.
  private static func found(below runs: String) -> [String] {
    func inside(_ path: String) -> [String] {
      ((try? Files.names(in: path)) ?? []).map { path + "/" + $0 }
    }
    let found = inside(runs).flatMap(inside).flatMap(inside).filter { Files.exists($0 + "/" + RunFile.config) }
    // Seeds in the order of their numbers: shorter names come first.
    return found.sorted { first, second in
      let (a, b) = (first.split(separator: "/"), second.split(separator: "/"))
      if a.dropLast() != b.dropLast() { return first < second }
      return (a.last?.count ?? 0, first) < (b.last?.count ?? 0, second)
    }
  }
}
