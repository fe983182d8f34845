import MetaRL

/// Puts the rows of an `episodes.jsonl` where they belong in the adaptation curve of their run.
struct EpisodeRows {
  /// The keys of a row, in the order that they are written in.
  private enum Key: Int, CaseIterable {
    case learner, family, seed, checkpointSteps, `protocol`, split, task, kind, episode, repetition
    case `return`, steps, terminated, succeeded, experienceSteps, rewardsByPart

    var isOptional: Bool { self == .succeeded || self == .checkpointSteps || self == .rewardsByPart }
  }

  private struct Row {
    var (task, episode, repetition, isOnline) = (0, 0, 0, false)
    var result = EpisodeResult(totalReward: 0, stepCount: 0, terminated: false, succeeded: nil, experienceSteps: 0)
  }

  private let evaluation: EvaluationProtocol
  private let seed: Int
  private let texts: [(key: Key, text: StoredText)]
  private let keys = Key.allCases.map { Array("\($0)".utf8) }
  private let onlineKind = StoredText("online")
  private let adaptedKind = StoredText("adapted")
  private let probeNumbers: [Int?]
  private var online: [EpisodeResult?]
  private var adapted: [EpisodeResult?]

  /// Fewer bytes than any row can have.
  static let fewestBytesInRow = 100

  /// Nothing is there yet.
  ///
  /// - Parameters:
  ///   - run: what the rows are of.
  ///   - byteCount: the size of the file, so that a protocol that it cannot hold takes no memory.
  /// - Throws: `RowError` if the file is too small for the protocol.
  init(of run: RunRecord, byteCount: Int) throws {
    evaluation = run.evaluation
    seed = Int(clamping: run.seed)
    let count = run.evaluation.episodeCount
    guard let count, count <= byteCount / Self.fewestBytesInRow else {
      throw RowError(
        "there are too few rows: the protocol \(run.evaluation.identifier) has "
          + (count.map { "\($0) episodes" } ?? "more episodes than can be counted"))
    }
    texts = [
      (.learner, StoredText(run.learner.name)), (.family, StoredText(run.family.versionedName)),
      (.protocol, StoredText(run.evaluation.identifier)), (.split, StoredText(run.evaluation.split.rawValue)),
    ]
    var numbers = [Int?](repeating: nil, count: evaluation.episodesPerLifetime + 1)
    for (number, probe) in evaluation.probes.enumerated() { numbers[probe] = number }
    probeNumbers = numbers
    online = Array(repeating: nil, count: evaluation.taskCount * evaluation.episodesPerLifetime)
    adapted = Array(
      repeating: nil, count: evaluation.taskCount * evaluation.probes.count * evaluation.episodesPerProbe)
  }

  /// Puts one row in its place.
  ///
  /// - Throws: `RowError` if it is not a row of this run, or is there already.
  mutating func take(_ line: Range<Int>, of bytes: UnsafeRawBufferPointer) throws {
    let row = try row(line, of: bytes)
    guard (0..<evaluation.taskCount).contains(row.task) else {
      throw RowError("task \(row.task) is not one of \(evaluation.taskCount)")
    }
    let place: Int
    if row.isOnline {
      guard (0..<evaluation.episodesPerLifetime).contains(row.episode), row.repetition == 0 else {
        throw RowError("the protocol has no episode \(row.episode), repetition \(row.repetition)")
      }
      place = row.task * evaluation.episodesPerLifetime + row.episode
    } else {
      guard probeNumbers.indices.contains(row.episode), let probe = probeNumbers[row.episode],
        (0..<evaluation.episodesPerProbe).contains(row.repetition)
      else { throw RowError("the protocol has no probe \(row.episode), repetition \(row.repetition)") }
      place = (row.task * evaluation.probes.count + probe) * evaluation.episodesPerProbe + row.repetition
    }
    guard (row.isOnline ? online[place] : adapted[place]) == nil else {
      throw RowError("the same episode was there before")
    }
    if row.isOnline { online[place] = row.result } else { adapted[place] = row.result }
  }

  private func row(_ line: Range<Int>, of bytes: UnsafeRawBufferPointer) throws -> Row {
    var scanner = RowScanner(bytes, line)
    var row = Row()
    var (seen, expected) = (0, 0)
    while let member = try scanner.next() {
      // Rows have their keys in the same order, as a rule.
      if expected >= keys.count || !bytes.holds(keys[expected], at: member.key) {
        guard let found = keys.firstIndex(where: { bytes.holds($0, at: member.key) }) else { continue }
        expected = found
      }
      guard let key = Key(rawValue: expected) else { continue }
      try read(key, member.value, bytes, into: &row)
      seen |= 1 << expected
      expected += 1
    }
    let missing = Key.allCases.first { seen & 1 << $0.rawValue == 0 && !$0.isOptional }
    if let missing { throw RowError("\(missing) is missing") }
    return row
  }

  private func read(
    _ key: Key, _ value: Range<Int>, _ bytes: UnsafeRawBufferPointer, into row: inout Row
  ) throws {
    func wrong(_ what: String) -> RowError { RowError("\(key) is \(bytes.text(at: value)), not \(what)") }
    func count() throws -> Int {
      guard let count = bytes.integer(at: value), count >= 0 else { throw wrong("a whole number from 0 up") }
      return count
    }
    func reward(_ place: Range<Int>) throws -> Double {
      // Beyond this, sums and differences of returns are no longer numbers.
      guard let number = bytes.number(at: place), number.magnitude < 1e150 else { throw wrong("a number") }
      return number
    }
    switch key {
    case .learner, .family, .protocol, .split:
      for (checked, text) in texts where checked == key && !bytes.holds(text, at: value) {
        throw wrong("\"\(text.text)\", as config.json has it")
      }
    case .seed: guard bytes.integer(at: value) == seed else { throw wrong("\(seed), as config.json has it") }
    case .checkpointSteps: break
    case .task: row.task = try count()
    case .kind:
      row.isOnline = bytes.holds(onlineKind, at: value)
      guard row.isOnline || bytes.holds(adaptedKind, at: value) else { throw wrong("\"online\" or \"adapted\"") }
    case .episode: row.episode = try count()
    case .repetition: row.repetition = try count()
    case .return: row.result.totalReward = try reward(value)
    case .rewardsByPart:
      let parts = bytes.elements(at: value) ?? []
      guard parts.count == EpisodeResult.partCount else {
        throw wrong("a list of \(EpisodeResult.partCount) numbers")
      }
      row.result.rewardsByPart = try parts.map(reward)
    case .steps: row.result.stepCount = try count()
    case .experienceSteps: row.result.experienceSteps = try count()
    case .terminated:
      guard let truth = bytes.boolean(at: value) else { throw wrong("true or false") }
      row.result.terminated = truth
    case .succeeded:
      row.result.succeeded = bytes.boolean(at: value)
      guard row.result.succeeded != nil || bytes.text(at: value) == "null" else {
        throw wrong("true, false or null")
      }
    }
  }

  /// The curve, if every episode of the protocol is there.
  func curve() throws -> AdaptationCurve {
    let (tasks, length) = (0..<evaluation.taskCount, evaluation.episodesPerLifetime)
    if let place = online.firstIndex(where: { $0 == nil }) {
      throw RowError("there is no row of task \(place / length), online, episode \(place % length)")
    }
    let (probes, repetitions) = (evaluation.probes.count, evaluation.episodesPerProbe)
    if let place = adapted.firstIndex(where: { $0 == nil }) {
      let (task, probe) = (place / repetitions / probes, evaluation.probes[place / repetitions % probes])
      throw RowError(
        "there is no row of task \(task), adapted, episode \(probe), repetition \(place % repetitions)")
    }
    let (earned, probed) = (online.compactMap { $0 }, adapted.compactMap { $0 })
    return AdaptationCurve(
      evaluation: evaluation, tasks: tasks.map { TaskID(evaluation.split, $0) },
      online: tasks.map { Array(earned[$0 * length..<($0 + 1) * length]) },
      adapted: tasks.map { task in
        (0..<probes).map { probe in
          let start = (task * probes + probe) * repetitions
          return Array(probed[start..<start + repetitions])
        }
      })
  }
}
