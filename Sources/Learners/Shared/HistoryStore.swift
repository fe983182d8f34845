import MetaRL
import Tensors

/// The last histories that were played: what agents saw, chose and earned through whole lifetimes, step by step.
///
/// Memory is bounded: the store has room for N steps, and the oldest histories make room for new ones.
package struct HistoryStore: Sendable {
  /// Consecutive steps of one history.
  package struct Window: Sendable {
    /// The number of the training task.
    package let task: Int
    /// `[step, number]`: observation, choice, reward, and 1 if the step ended an episode, else 0.
    package var rows: [Float]
    /// The row of the step before the first; empty if there is none.
    package var before: [Float]

    package init(task: Int, rows: [Float], before: [Float]) {
      (self.task, self.rows, self.before) = (task, rows, before)
    }
  }

  /// The count of numbers in an observation.
  let observationSize: Int
  /// The steps that there is room for.
  let capacity: Int
  /// The numbers of the training tasks, a history each.
  private var tasks: [Int] = []
  /// The rows of each history.
  private var histories: [[Float]] = []
  /// The steps of all histories.
  package private(set) var stepCount = 0

  /// An empty store; histories take memory as they are added.
  package init(for spec: EnvironmentSpec, capacity: Int) {
    observationSize = spec.observationSize
    self.capacity = capacity
  }

  /// The numbers of a row.
  package var width: Int { observationSize + 3 }

  /// The number of histories.
  package var count: Int { histories.count }

  /// Keeps histories, `[task][episode]`; the oldest make room, but for one, however long it is.
  ///
  /// - Precondition: actions are choices, and the tasks are training tasks.
  package mutating func append(_ played: [[Episode]], of tasks: [TaskID], _ reward: RewardChoice) {
    for (task, episodes) in zip(tasks, played) {
      var rows: [Float] = []
      for episode in episodes {
        guard case .discrete(let choices) = episode.actions else { preconditionFailure("actions are choices") }
        let rewards = episode.rewards(reward)
        for step in choices.indices {
          rows += episode.observations[step * observationSize..<(step + 1) * observationSize]
          rows += [Float(choices[step]), rewards[step], step == choices.count - 1 ? 1 : 0]
        }
      }
      stepCount += rows.count / width
      histories.append(rows)
      self.tasks.append(task.index)
    }
    var surplus = 0
    while stepCount > capacity, surplus < count - 1 {
      stepCount -= histories[surplus].count / width
      surplus += 1
    }
    histories.removeFirst(surplus)
    self.tasks.removeFirst(surplus)
  }

  /// Consecutive steps of a history, from a start that is drawn: as many as given, or the whole history if it is shorter.
  package func window(of history: Int, length: Int, using random: inout RandomStream) -> Window {
    let rows = histories[history]
    let steps = rows.count / width
    let start = steps > length ? random.integer(below: steps - length + 1) : 0
    return Window(
      task: tasks[history], rows: Array(rows[start * width..<min(steps, start + length) * width]),
      before: start == 0 ? [] : Array(rows[(start - 1) * width..<start * width]))
  }

  /// Whether it could be another after some iterations.
  func hasForm(of other: HistoryStore, choices: Int) -> Bool {
    observationSize == other.observationSize && capacity == other.capacity
      && histories.allSatisfy { rows in
        stride(from: observationSize, to: rows.count, by: width).allSatisfy {
          rows[$0] >= 0 && rows[$0] < Float(choices) && rows[$0] == rows[$0].rounded()
        }
      }
  }
}

extension HistoryStore: Codable {
  private enum CodingKeys: String, CodingKey { case observationSize, capacity, tasks, lengths, rows }

  /// Reads a store, and checks every row of it.
  ///
  /// - Throws: `DecodingError` if its rows are not those of such a store.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    observationSize = try container.decode(Int.self, forKey: .observationSize)
    capacity = try container.decode(Int.self, forKey: .capacity)
    tasks = try container.decode([Int].self, forKey: .tasks)
    let lengths = try container.decode([Int].self, forKey: .lengths)
    let stored = try container.decode(Tensor.self, forKey: .rows)
    guard (1...1_000_000).contains(observationSize), capacity >= 1, tasks.count == lengths.count,
      tasks.allSatisfy({ $0 >= 0 }), lengths.allSatisfy({ (1...1 << 32).contains($0) }),
      stored.shape == [lengths.reduce(0, +), observationSize + 3], stored.precision == .float, stored.isFinite
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .rows, in: container, debugDescription: "these are not the histories of such a store")
    }
    let numbers = stored.floats
    for length in lengths {
      histories.append(Array(numbers[stepCount * width..<(stepCount + length) * width]))
      stepCount += length
    }
  }

  /// Writes the rows of all histories, the oldest first, as one tensor.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(observationSize, forKey: .observationSize)
    try container.encode(capacity, forKey: .capacity)
    try container.encode(tasks, forKey: .tasks)
    try container.encode(histories.map { $0.count / width }, forKey: .lengths)
    try container.encode(Tensor(histories.flatMap { $0 }, shape: [stepCount, width]), forKey: .rows)
  }
}

extension ExperienceInputs {
  /// The inputs at each step of a window: the observation and what stands for the step before, as an agent sees them.
  func rows(of window: HistoryStore.Window) -> [Float] {
    let (width, actions) = (observationSize + 3, actionSpace.width)
    var (inputs, memory) = ([Float](), newborn)
    func remember(_ row: ArraySlice<Float>) {
      let choice = row.startIndex + observationSize
      for action in 0..<actions { memory[action] = Float(action) == row[choice] ? 1 : 0 }
      memory[actions] = row[choice + 1]
      memory[actions + 1] = row[choice + 2]
    }
    if !window.before.isEmpty { remember(window.before[...]) }
    for start in stride(from: 0, to: window.rows.count, by: width) {
      inputs += window.rows[start..<start + observationSize]
      inputs += memory
      remember(window.rows[start..<start + width])
    }
    return inputs
  }
}
