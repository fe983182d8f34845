import Tensors

/// The harness's services to a learner for one iteration of its outer loop.
///
/// Learners take every environment step through it, and it counts them.
public struct TrainingSession: Sendable {
  /// Observations, actions and horizon of the family that the learner trains on.
  public let spec: EnvironmentSpec
  /// The number of this iteration; the first is 0.
  public let iteration: Int
  /// The threads that the learner may use.
  public let workers: Workers
  /// The environment steps taken in this iteration.
  public private(set) var environmentSteps = 0
  /// The metrics of this iteration, in order.
  public private(set) var metrics: [(name: String, value: Double)] = []
  private let family: any TaskFamily
  private var draws = 0
  private var phases: Set<String> = []
  private let iterationRandom: RandomStream

  /// Opens an iteration.
  ///
  /// - Parameters:
  ///   - family: where the tasks come from.
  ///   - iteration: the number of the iteration.
  ///   - random: the run's training stream; the session splits off its own by the iteration's number.
  ///   - workers: the threads that may be used.
  ///   - episodesPerLifetime: of the lifetimes to prepare for; by default what the family's card says.
  public init(
    family: any TaskFamily, iteration: Int, random: RandomStream, workers: Workers, episodesPerLifetime: Int? = nil
  ) {
    self.family = family
    self.iteration = iteration
    self.workers = workers
    spec = family.learnerSpec(episodesPerLifetime: episodesPerLifetime)
    iterationRandom = random.split("iteration", iteration)
  }

  /// A stream of this iteration for the learner's own use.
  public func random(_ name: String, _ index: Int = 0) -> RandomStream {
    iterationRandom.split("learner").split(name, index)
  }

  /// Draws training tasks, with replacement where their number is finite.
  public mutating func sampleTasks(_ count: Int) -> [TaskID] {
    var random = iterationRandom.split("tasks", draws)
    draws += 1
    let bound = family.taskCount(in: .train) ?? 1 << 48
    return (0..<count).map { _ in TaskID(.train, random.integer(below: bound)) }
  }

  /// The number of training tasks, for learners that return to each of them; nil if it is unlimited.
  public var trainingTaskCount: Int? { family.taskCount(in: .train) }

  /// The descriptors of training tasks, one row each, for learners that see them in training.
  ///
  /// - Precondition: the tasks are training tasks.
  public func descriptors(of tasks: [TaskID]) -> [[Float]] {
    precondition(tasks.allSatisfy { $0.split == .train }, "only training tasks can be looked at")
    func open<F: TaskFamily>(_ family: F) -> [[Float]] { tasks.map { family.descriptor(of: family.task($0)) } }
    return open(family)
  }

  /// The best choices in a training task at each of some observations, for learners that see them in training.
  ///
  /// - Precondition: it is a training task.
  public func bestChoices(in task: TaskID, at observations: [[Float]]) -> [[Int]] {
    precondition(task.split == .train, "only training tasks can be looked at")
    func open<F: TaskFamily>(_ family: F) -> [[Int]] {
      let task = family.task(task)
      return observations.map { family.bestChoices(in: task, at: $0) }
    }
    return open(family)
  }

  /// Plays episodes of tasks with agents that do not change from one episode to the next.
  ///
  /// The episodes of a task run in lanes side by side, and tasks on several threads. What an episode draws depends
  /// only on the iteration, the phase, the position of the task and the number of the episode, so the result does not
  /// depend on the number of threads.
  ///
  /// - Parameters:
  ///   - tasks: what to play.
  ///   - episodes: episodes of each task.
  ///   - phase: a name, different for each call in an iteration: the name of the random streams.
  ///   - agent: makes the agent of the task with the given position in `tasks`.
  /// - Returns: `[task][episode]`.
  /// - Throws: `RolloutError`, also for tasks that are not training tasks and for a phase whose name was used before.
  public mutating func play<A: Agent>(
    on tasks: [TaskID], episodes: Int, phase: String,
    agent: @Sendable (_ task: Int, _ random: LaneRandom) throws -> A
  ) throws -> [[Episode]] {
    let random = try begin(phase, on: tasks)
    let (spec, workers) = (spec, workers)
    func open<F: TaskFamily>(_ family: F) throws -> [[Episode]] {
      try workers.map(tasks.indices) { task in
        let taskRandom = random.split("task", task)
        let lanes = LaneRandom((0..<episodes).map { taskRandom.split("episode", $0) })
        var environment = family.makeEnvironment(Array(repeating: family.task(tasks[task]), count: episodes))
        var player = try agent(task, lanes.split("birth"))
        return try playEpisode(&player, in: &environment, spec: spec, random: lanes)
      }
    }
    let played = try open(family)
    environmentSteps += played.joined().reduce(0) { $0 + $1.stepCount }
    return played
  }

  /// Plays whole lifetimes, one for each task, with agents that keep what they learn from one episode to the next.
  ///
  /// What a lifetime draws depends only on the iteration, the phase and the position of its task, so the result does
  /// not depend on the number of threads.
  ///
  /// - Parameters:
  ///   - tasks: what to play; each has one lifetime.
  ///   - episodes: the episodes of a lifetime.
  ///   - phase: a name, different for each call in an iteration: the name of the random streams.
  ///   - agent: makes newborn agents, one for each stream.
  /// - Returns: for each group of tasks, in order, its agents as they are in the end and their episodes,
  ///   `[task of the group][episode]`.
  /// - Throws: what the agents throw, and `RolloutError`, also for tasks that are not training tasks and for a phase
  ///   whose name was used before.
  public mutating func playLifetimes<A: Agent>(
    on tasks: [TaskID], episodes: Int, phase: String, agent: @Sendable (_ random: LaneRandom) throws -> A
  ) throws -> [(agent: A, episodes: [[Episode]])] {
    try playLifetimes(on: tasks, episodes: episodes, phase: phase) { _, random in try agent(random) }
  }

  /// Plays whole lifetimes, with agents that may be made for their tasks.
  ///
  /// - Parameters:
  ///   - tasks: what to play; each has one lifetime.
  ///   - episodes: the episodes of a lifetime.
  ///   - phase: a name, different for each call in an iteration: the name of the random streams.
  ///   - agent: makes newborn agents of the tasks with the given positions in `tasks`, one for each stream.
  /// - Returns: for each group of tasks, in order, its agents as they are in the end and their episodes,
  ///   `[task of the group][episode]`.
  /// - Throws: what the agents throw, and `RolloutError`, also for tasks that are not training tasks and for a phase
  ///   whose name was used before.
  public mutating func playLifetimes<A: Agent>(
    on tasks: [TaskID], episodes: Int, phase: String,
    agent: @Sendable (_ group: Range<Int>, _ random: LaneRandom) throws -> A
  ) throws -> [(agent: A, episodes: [[Episode]])] {
    let random = try begin(phase, on: tasks)
    let (spec, workers) = (spec, workers)
    // Lanes are independent, so the size of a group affects only speed.
    let lanesPerGroup = min(64, (tasks.count + 1) / 2)
    let groups = stride(from: 0, to: tasks.count, by: max(lanesPerGroup, 1)).map {
      $0..<min($0 + lanesPerGroup, tasks.count)
    }
    func open<F: TaskFamily>(_ family: F) throws -> [(agent: A, episodes: [[Episode]])] {
      try workers.map(groups) { group in
        let lifetime = LaneRandom(group.map { random.split("task", $0) })
        var environment = family.makeEnvironment(for: Array(tasks[group]))
        var players = try agent(group, lifetime.split("birth"))
        let played = try rollout(&players, in: &environment, episodes: 0..<episodes, spec: spec, lifetime: lifetime)
        return (players, played)
      }
    }
    let played = try open(family)
    environmentSteps += played.reduce(0) { $0 + $1.episodes.joined().reduce(0) { $0 + $1.stepCount } }
    return played
  }

  /// The results of `body` for each element, in order, computed side by side.
  public func map<A: Sendable, Value: Sendable>(
    _ a: [A], _ body: @Sendable (A) throws -> Value
  ) throws -> [Value] {
    try workers.map(a, body)
  }

  /// The results of `body` for elements that belong together, in order, computed side by side.
  public func map<A: Sendable, B: Sendable, Value: Sendable>(
    _ a: [A], _ b: [B], _ body: @Sendable (A, B) throws -> Value
  ) throws -> [Value] {
    try workers.map(a.indices) { try body(a[$0], b[$0]) }
  }

  /// The results of `body` for elements that belong together, in order, computed side by side.
  public func map<A: Sendable, B: Sendable, C: Sendable, Value: Sendable>(
    _ a: [A], _ b: [B], _ c: [C], _ body: @Sendable (A, B, C) throws -> Value
  ) throws -> [Value] {
    try workers.map(a.indices) { try body(a[$0], b[$0], c[$0]) }
  }

  /// Opens a phase.
  ///
  /// - Returns: its random stream.
  private mutating func begin(_ phase: String, on tasks: [TaskID]) throws -> RandomStream {
    if let task = tasks.first(where: { $0.split != .train }) {
      throw RolloutError("\(task.split.rawValue) task \(task.index) is not for training")
    }
    guard phases.insert(phase).inserted else {
      throw RolloutError(
        "the phase \"\(phase)\" was played before in iteration \(iteration): it needs another name")
    }
    return iterationRandom.split("play").split(phase)
  }

  /// Records a metric of this iteration for the training curve.
  public mutating func log(_ name: String, _ value: Double) {
    metrics.append((name, value))
  }
}
