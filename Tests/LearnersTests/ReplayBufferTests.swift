import Foundation
import Learners
import MetaRL
import Tensors
import Testing

/// An episode in which every number tells where it comes from.
private func episode(_ number: Int, steps: Int, terminated: Bool) -> Episode {
  let base = Float(100 * number)
  return Episode(
    observations: (0...steps).flatMap { [base + Float($0), -Float($0)] },
    actions: .continuous((0..<steps).map { base + Float($0) + 0.5 }),
    denseRewards: (0..<steps).map { base + Float($0) + 0.25 },
    sparseRewards: (0..<steps).map { base + Float($0) + 0.75 }, terminated: terminated)
}

private func buffer(_ episodes: [Episode], capacity: Int = 1000) -> ReplayBuffer {
  var buffer = ReplayBuffer(observationSize: 2, actionSize: 1, capacity: capacity)
  for episode in episodes { buffer.append(episode) }
  return buffer
}

private func draw(_ buffer: ReplayBuffer, _ count: Int, _ reward: RewardChannel = .dense) -> TransitionBatch {
  var random = RandomStream(seed: 3)
  return TransitionBatch(of: buffer, count, reward, using: &random)
}

@Suite struct ReplayBufferTests {
  private let three = [
    episode(0, steps: 3, terminated: true), episode(1, steps: 4, terminated: false),
    episode(2, steps: 1, terminated: true),
  ]

  @Test func timeLimitsAreStoredAsNotTerminal() {
    let batch = draw(buffer(three), 4000)
    for (before, goesOn) in zip(batch.observations.floatRows, batch.continues.floats) {
      // The last steps of the first and the third episode; that of the second was cut off.
      #expect(goesOn == (before[0] == 2 || before[0] == 200 ? 0 : 1))
    }
  }

  @Test("Every step is drawn with its own numbers and as often as others", arguments: RewardChannel.allCases)
  func drawsAreUniform(channel: RewardChannel) {
    let batch = draw(buffer(three), 40_000, channel)
    for (row, before) in batch.observations.floatRows.prefix(202).enumerated() {
      #expect(batch.nextObservations.floatRows[row].map { $0 } == [before[0] + 1, before[1] - 1])
      #expect(batch.actions.floats[row] == before[0] + 0.5)
      #expect(batch.rewards.floats[row] == before[0] + (channel == .dense ? 0.25 : 0.75))
    }
    var counts: [Float: Int] = [:]
    for before in batch.observations.floatRows { counts[before[0], default: 0] += 1 }
    #expect(counts.keys.sorted() == [0, 1, 2, 100, 101, 102, 103, 200])
    // Five standard errors.
    for count in counts.values { #expect(abs(Double(count) - 5000) < 5 * (40_000.0 * 7 / 64).squareRoot()) }
  }

  @Test func memoryIsBoundedAndTheOldestMakesRoom() {
    let full = buffer(three, capacity: 6)
    #expect(full.rows == 5..<11)
    let firsts = Set(draw(full, 1000).observations.floatRows.map { $0[0] })
    #expect(firsts == [101, 102, 103, 200])
    #expect(full.written == 11)
  }

  @Test func drawsCanBeKeptToAPart() {
    var random = RandomStream(seed: 3)
    let all = buffer(three)
    #expect(Set(all.sample(200, from: 4..<9, using: &random)) == [4, 5, 6, 7])
    #expect(Set(all.sample(200, from: 9..<50, using: &random)) == [9])
  }

  /// Rows 0 to 3, 4 to 8, 9 and 10 are those of the episodes, the last of each its end.
  @Test("A draw of a few episodes has all their steps and no others") func drawsOfAFewEpisodes() {
    let buffer = buffer(three)
    let steps: [Set<Int>] = [[0, 1, 2], [4, 5, 6, 7], [9]]
    var seen: Set<Set<Int>> = []
    for seed in 0..<40 {
      var random = RandomStream(seed: UInt64(seed))
      seen.insert(Set(buffer.sample(200, ofEpisodes: 1, from: buffer.rows, using: &random)))
      let two = Set(buffer.sample(200, ofEpisodes: 2, from: 0..<9, using: &random))
      #expect([steps[0], steps[1], steps[0].union(steps[1])].contains(two))
    }
    #expect(seen == Set(steps))
  }

  @Test(arguments: [1000, 6, 5]) func whatIsLoadedIsWhatWasSavedAndGoesOnLikeIt(capacity: Int) throws {
    var original = buffer(three, capacity: capacity)
    var loaded = try JSONDecoder().decode(ReplayBuffer.self, from: encoded(original))
    #expect(try encoded(loaded) == encoded(original))
    for number in 3..<6 {
      let next = episode(number, steps: 2 + number % 2, terminated: false)
      original.append(next)
      loaded.append(next)
      #expect(try encoded(loaded) == encoded(original))
      #expect(draw(loaded, 50).observations.floats == draw(original, 50).observations.floats)
    }
  }

  @Test func choicesAreKeptByTheirNumbers() {
    var choices = ReplayBuffer(
      for: EnvironmentSpec(observationSize: 1, actionSpace: .discrete(count: 4), horizon: 3), capacity: 9)
    choices.append(Episode([0, 1, 2], rewards: [0, 0], actions: .discrete([3, 1])))
    let batch = draw(choices, 20)
    for (before, action) in zip(batch.observations.floats, batch.actions.floats) {
      #expect(action == (before == 0 ? 3 : 1))
    }
  }

  /// As a file could have it: no draw would ever find a step.
  @Test func endsOfEpisodesWithoutStepsAreRefused() throws {
    struct Stored: Codable {
      var observationSize: Int
      var actionSize: Int
      var capacity: Int
      var written: Int
      var rows: Tensor
    }
    var stored = try JSONDecoder().decode(Stored.self, from: try encoded(buffer(three)))
    _ = try JSONDecoder().decode(ReplayBuffer.self, from: try JSONEncoder().encode(stored))
    let width = stored.rows.shape[1]
    var numbers = stored.rows.floats
    let end = numbers[numbers.count - 1]
    numbers[numbers.count - 1 - width] = end
    stored.rows = Tensor(numbers, shape: stored.rows.shape)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ReplayBuffer.self, from: try JSONEncoder().encode(stored))
    }
  }

  @Test(arguments: [
    ("written\":11", "written\":12"), ("capacity\":1000", "capacity\":1"), ("actionSize\":1", "actionSize\":2"),
  ])
  func buffersThatContradictThemselvesAreRefused(text: String, spoiled: String) throws {
    let stored = String(decoding: try encoded(buffer(three)), as: UTF8.self)
    #expect(stored.contains(text))
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ReplayBuffer.self, from: Data(stored.replacing(text, with: spoiled).utf8))
    }
  }
}
