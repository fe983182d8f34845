import MetaRL
import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

// What the card and the tasks promise.
extension FamilySubject {
  /// The card says what has to be known.
  func checkCard() throws {
    let card = family.card
    guard Self.isName(card.name) else {
      throw CheckError("the name \"\(card.name)\" is not made of small letters, digits and dashes")
    }
    guard card.version > 0, card.episodesPerLifetime > 0, card.actionScale > 0 else {
      throw CheckError("version, episodesPerLifetime and actionScale have to be positive")
    }
    guard !card.summary.isEmpty, !card.source.isEmpty else { throw CheckError("summary or source is empty") }
    // Those that nobody has measured are not numbers.
    let known = [card.random.value, card.oracle.value].filter { !$0.isNaN }
    guard known.allSatisfy(\.isFinite), known.count < 2 || known[1] > known[0] else {
      throw CheckError(
        "the oracle's return, \(card.oracle.value), is not above that of acting at random, \(card.random.value)",
        hint: "scores are 0 at the random return and 1 at the oracle's")
    }
    if let optimum = card.bayesOptimal { try check(optimum, on: card) }
  }

  private func check(_ optimum: FamilyCard.BayesOptimum, on card: FamilyCard) throws {
    guard optimum.returns.count == card.episodesPerLifetime, optimum.returns.allSatisfy(\.isFinite) else {
      throw CheckError(
        "bayesOptimal has \(optimum.returns.count) returns, and lifetimes have \(card.episodesPerLifetime) episodes",
        hint: "give one finite number an episode")
    }
    // Anchors may be measured, and stated returns are rounded.
    func isAbove(_ value: Double, _ other: Double, _ standardError: Double) -> Bool {
      value > other + 4 * standardError + 1e-6 * max(1, abs(other))
    }
    let (random, oracle) = (card.random, card.oracle)
    guard !isAbove(optimum.mean, oracle.value, oracle.standardError),
      !isAbove(random.value, optimum.mean, random.standardError)
    else {
      throw CheckError(
        "the Bayes-optimal return, \(optimum.mean) an episode, is not between that of acting at random, "
          + "\(random.value), and the oracle's, \(oracle.value)")
    }
  }

  /// Whether it is made of small letters, digits and dashes, or is the name that something outside of this program has for
  /// it, after the prefix of its source.
  private static func isName(_ name: String) -> Bool {
    let isPlain = { (text: Substring) in
      !text.isEmpty && text.utf8.allSatisfy { 97...122 ~= $0 || 48...57 ~= $0 || $0 == 45 }
    }
    guard let colon = name.firstIndex(of: ":") else { return isPlain(name[...]) }
    let rest = name[colon...].dropFirst()
    return isPlain(name[..<colon]) && !rest.isEmpty
      && rest.utf8.allSatisfy { 33...126 ~= $0 && !"/@,".utf8.contains($0) }
  }

  /// A name gives the same task whenever it is asked for, and a task can be stored.
  func checkTasks() throws {
    for split in TaskID.Split.allCases {
      let ids = tasks(10, split)
      let once = try ids.map { try encodedBytes(family.task($0)) }
      let again = try ids.reversed().map { try encodedBytes(family.task($0)) }.reversed()
      for (id, (a, b)) in zip(ids, zip(once, again)) where a != b {
        throw CheckError(
          "\(split.rawValue) task \(id.index) is another task when it is asked for again",
          hint: "draw it from id.random(family:) only")
      }
      for id in ids {
        let task = family.task(id)
        guard family.descriptor(of: try savedAndLoaded(task)) == family.descriptor(of: task) else {
          throw CheckError("\(split.rawValue) task \(id.index) is another task after it was saved and loaded")
        }
      }
    }
  }

  /// Tasks of different splits are different, if they are drawn without end.
  func checkSplits() throws {
    let counts = TaskID.Split.allCases.map { family.taskCount(in: $0) }
    guard counts.allSatisfy({ ($0 ?? 1) > 0 }) else { throw CheckError("a split has no tasks") }
    let encoded = try TaskID.Split.allCases.map { split in
      try tasks(50, split).map { try encodedBytes(family.task($0)) }
    }
    guard counts.allSatisfy({ $0 == nil }) else {
      for (split, (count, tasks)) in zip(TaskID.Split.allCases, zip(counts, encoded)) {
        guard let count, count <= 50, Set(tasks).count < count else { continue }
        throw CheckError("\(split.rawValue) has \(Set(tasks).count) different tasks, not \(count)")
      }
      return
    }
    for (split, tasks) in zip(TaskID.Split.allCases, encoded) where Set(tasks).count == 1 {
      throw CheckError("all \(split.rawValue) tasks are the same")
    }
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
      let same = zip(encoded[a], encoded[b]).count { $0 == $1 }
      guard 2 * same > encoded[a].count else { continue }
      let names = (TaskID.Split.allCases[a].rawValue, TaskID.Split.allCases[b].rawValue)
      throw CheckError(
        "\(names.0) and \(names.1) tasks of the same number are the same task, in \(same) of 50 cases",
        hint: "draw from id.random(family:), which differs from split to split")
    }
  }

  /// All descriptors are as long as each other, and finite.
  func checkDescriptors() throws {
    let descriptors = TaskID.Split.allCases.flatMap { tasks(20, $0).map { family.descriptor(of: family.task($0)) } }
    let lengths = Set(descriptors.map(\.count)).sorted()
    guard lengths.count == 1, lengths[0] > 0 else {
      throw CheckError("descriptors have \(lengths.map(String.init).joined(separator: ", ")) numbers")
    }
    guard descriptors.joined().allSatisfy(\.isFinite) else {
      throw CheckError("a descriptor has a number that is not finite")
    }
  }

  /// Episodes that the horizon cuts off are not said to have been ended by the task.
  func checkHorizon() throws {
    let horizon = family.spec.horizon
    guard horizon > 1 else { throw NotApplicableError(reason: "episodes are one step") }
    let count = options.laneCount
    let full = try play(tasks(count), streams(count), episodes: 0..<options.episodes).joined()
      .filter { $0.stepCount == horizon }
    guard full.count >= 10 else { return }
    if full.allSatisfy(\.terminated) {
      throw CheckError(
        "every one of \(full.count) episodes of \(horizon) steps says that the task ended it",
        hint: "`terminated` is for the task; the harness cuts episodes off at the horizon by itself")
    }
  }

  /// The hash of fixed trajectories matches the card.
  func checkTrajectory() throws {
    guard family.card.isPinned else {
      let software = family.card.software.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
      throw NotApplicableError(reason: "the card has no trajectory hash for \(software)")
    }
    let (digest, stated) = (try trajectoryHash(of: family), family.card.trajectoryHash)
    guard digest == stated else {
      throw CheckError(
        "it is \"\(digest)\", and the card says \"\(stated)\"",
        hint: "if you meant to change how the family behaves, copy it to the card and raise the version")
    }
  }

  /// The mean return of random actions matches the card, within four standard errors.
  func checkAnchors() throws {
    let anchor = family.card.random
    guard !anchor.value.isNaN else { throw NotApplicableError(reason: "the card does not know it") }
    let batch = 500
    // Of numbered episodes, the last one.
    let episodes = family.card.episodesAreNumbered ? family.card.episodesPerLifetime : 1
    let returns = try stride(from: 0, to: options.anchorEpisodes, by: batch).flatMap { first in
      let indices = first..<min(first + batch, options.anchorEpisodes)
      let bound = max(family.taskCount(in: .test) ?? Int.max, 1)
      let root = RandomStream(seed: options.seed).split("anchor")
      return try play(
        indices.map { TaskID(.test, $0 % bound) }, indices.map { root.split("lane", $0) }, episodes: 0..<episodes
      ).compactMap { $0.last?.totalReward }
    }
    let estimate = Estimate(returns)
    let error = (estimate.standardError * estimate.standardError + anchor.standardError * anchor.standardError)
      .squareRoot()
    // Where every return is the same, rounding is all there is.
    guard abs(estimate.mean - anchor.value) <= 4 * error + 1e-6 * max(1, abs(anchor.value)) else {
      throw CheckError(
        "it earns \(estimate.mean) ± \(estimate.standardError) in \(returns.count) episodes, and the card says "
          + "\(anchor.value) ± \(anchor.standardError)",
        hint: "choices are uniform and vectors standard normal; give the standard error of a simulated anchor")
    }
  }
}
