import MetaRL
import Tensors

/// A learner after one iteration of training, and what it logged in it.
struct TrainedIteration<L: MetaLearner> {
  let iteration: Int
  let learner: L
  let metrics: [(name: String, value: Double)]
  let steps: Int
}

/// The learner that is checked, and where.
struct LearnerSubject<L: MetaLearner, F: TaskFamily> {
  let settings: L.Configuration
  let family: F
  let options: LearnerCheckOptions

  private var root: RandomStream { RandomStream(seed: options.seed) }

  func newborn() throws -> L { try L(settings, for: family.learnerSpec(), using: root.split("init")) }

  func train(
    _ learner: L, iterations: Range<Int>, on other: (any TaskFamily)? = nil, workers: Int = 1
  ) throws -> [TrainedIteration<L>] {
    var learner = learner
    return try iterations.map { iteration in
      if options.isInterrupted() { throw NotApplicableError(reason: "interrupted") }
      var session = TrainingSession(
        family: other ?? family, iteration: iteration, random: root.split("train"), workers: Workers(workers))
      try learner.metaTrain(&session)
      if let metric = session.metrics.first(where: { !$0.value.isFinite }) {
        throw CheckError("the metric \(metric.name) is \(metric.value) in iteration \(iteration + 1)")
      }
      return TrainedIteration(
        iteration: iteration, learner: learner, metrics: session.metrics, steps: session.environmentSteps)
    }
  }

  /// Test tasks, or as many as there are.
  func tasks(_ count: Int) -> [TaskID] {
    (0..<min(count, family.taskCount(in: .test) ?? count)).map { TaskID(.test, $0) }
  }

  /// The names of lanes: tasks, again and again if there are fewer.
  func lanes(_ count: Int) -> [Lane] {
    let tasks = tasks(count)
    return (0..<count).map { Lane(number: $0, task: tasks[$0 % max(tasks.count, 1)]) }
  }

  /// A task, and the chances met in it.
  struct Lane {
    let number: Int
    let task: TaskID
  }

  /// The chances of a lifetime in each lane; they depend on the lane's own number only.
  func lifetime(_ lanes: [Lane]) -> LaneRandom {
    LaneRandom(lanes.map { root.split("checks").split("lane", $0.number) })
  }

  /// Plays whole lifetimes side by side: `[lane][episode]`.
  func live(
    _ learner: L, in lanes: [Lane], on family: some TaskFamily, episodes: Int? = nil
  ) throws -> [[Episode]] {
    let random = lifetime(lanes)
    var environment = family.makeEnvironment(for: lanes.map(\.task))
    var agent = learner.makeAgent(using: random.split("birth"))
    return try rollout(
      &agent, in: &environment, episodes: 0..<(episodes ?? options.episodesPerLifetime), spec: family.spec,
      lifetime: random)
  }

  /// Refuses lives, `[lane][episode]`, that differ from those expected; the names say what both are.
  func requireEqual(
    _ expected: [[Episode]], _ other: [[Episode]], as names: (String, String), hint: String
  ) throws {
    for lane in expected.indices where expected[lane] != other[lane] {
      let episode = expected[lane].indices.first { expected[lane][$0] != other[lane][$0] } ?? 0
      let different = expected.indices.count { expected[$0] != other[$0] }
      func score(_ episodes: [Episode]) -> String {
        let total = episodes.reduce(0) { $0 + $1.totalReward }
        return "\((total / Double(max(episodes.count, 1)) * 1e6).rounded() / 1e6)"
      }
      throw CheckError(
        "lane \(lane) scores \(score(expected[lane])) \(names.0) and \(score(other[lane])) \(names.1); it first differs "
          + "in episode \(episode + 1), and \(different) of \(expected.count) lanes differ", hint: hint)
    }
  }

  /// Refuses training that differs from that expected.
  func requireEqual(_ a: [TrainedIteration<L>], _ b: [TrainedIteration<L>], hint: String) throws {
    for (a, b) in zip(a, b) {
      let number = a.iteration + 1
      if let index = a.metrics.indices.first(where: {
        $0 >= b.metrics.count || a.metrics[$0].name != b.metrics[$0].name
          || a.metrics[$0].value.bitPattern != b.metrics[$0].value.bitPattern
      }) {
        throw CheckError("differs from iteration \(number) on: the metric \(a.metrics[index].name)", hint: hint)
      }
      if let place = firstDifference(try encodedBytes(a.learner.state), try encodedBytes(b.learner.state)) {
        throw CheckError("differs from iteration \(number) on: \(place) of the state", hint: hint)
      }
      guard a.steps == b.steps else {
        throw CheckError(
          "differs from iteration \(number) on: \(a.steps) environment steps against \(b.steps)", hint: hint)
      }
    }
  }
}
