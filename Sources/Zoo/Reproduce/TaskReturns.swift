import MetaRL
import Tensors

/// The quantities that an evaluation stores of each task.
package struct ReturnsRequest: Sendable, Hashable {
  /// The tasks, the length of lifetimes, and the probes, if any.
  package var evaluation: EvaluationProtocol
  /// The episodes of the lifetime whose own returns are kept.
  package var onlineEpisodes: [Int]

  package init(_ evaluation: EvaluationProtocol, onlineEpisodes: [Int] = []) {
    self.evaluation = evaluation
    self.onlineEpisodes = onlineEpisodes
  }

  func steps(horizon: Int) -> Int {
    let episodes = evaluation.episodesPerLifetime + evaluation.probes.count * evaluation.episodesPerProbe
    return evaluation.taskCount * episodes * horizon
  }
}

/// The returns of an evaluation by task: what paper tables need, and little enough for a million lifetimes.
package struct TaskReturns: Sendable, Equatable {
  /// `[task]`: the sum of the online returns of the whole lifetime.
  package var lifetime: [Double] = []
  /// `[episode: [task]]`: the online returns of episodes that were asked for.
  package var online: [Int: [Double]] = [:]
  /// `[episodes of experience: [task]]`: the mean return of the episodes that a frozen copy played.
  package var adapted: [Int: [Double]] = [:]
  package var environmentSteps = 0

  package init() {}

  fileprivate mutating func append(_ other: TaskReturns) {
    lifetime += other.lifetime
    online.merge(other.online) { $0 + $1 }
    adapted.merge(other.adapted) { $0 + $1 }
    environmentSteps += other.environmentSteps
  }
}

/// Lets newborn agents of a learner live on tasks, as `evaluate` does, and keeps their returns only.
///
/// The streams are those of `evaluate`, so the returns are the same to the last bit.
///
/// - Parameters:
///   - learner: makes the agents; it is not changed.
///   - family: where the tasks come from, as the learner is shown it.
///   - request: which tasks, and what to keep.
///   - random: the stream of the evaluation.
///   - workers: the threads that may be used.
///   - didPlay: told, from any of the threads, of the environment steps just taken; what it throws ends the evaluation.
/// - Returns: the returns by task.
/// - Throws: what `live` throws.
package func taskReturns<L: MetaLearner, F: TaskFamily>(
  of learner: L, on family: F, _ request: ReturnsRequest, random: RandomStream, workers: Workers,
  didPlay: @Sendable (_ environmentSteps: Int) throws -> Void = { _ in }
) throws -> TaskReturns {
  let (count, evaluation) = (request.evaluation.taskCount, request.evaluation)
  // Lanes never touch, so the size of a group changes nothing but the speed.
  let lanesPerGroup = max(1, min(50, (count + workers.count - 1) / workers.count))
  let starts = Array(stride(from: 0, to: count, by: lanesPerGroup))
  let groups = try workers.map(starts.indices) { group in
    let tasks = (starts[group]..<min(starts[group] + lanesPerGroup, count)).map { TaskID(evaluation.split, $0) }
    var returns = TaskReturns()
    returns.lifetime = [Double](repeating: 0, count: tasks.count)
    let lifetime = lifetimeRandom(of: tasks, in: random)
    _ = try live(learner, on: family, tasks, evaluation, lifetime: lifetime) { played in
      let steps = played.episodes.reduce(0) { $0 + $1.stepCount }
      returns.environmentSteps += steps
      try didPlay(steps)
      returns.note(played, request)
    }
    return returns
  }
  return groups.reduce(into: TaskReturns()) { $0.append($1) }
}

extension TaskReturns {
  /// Keeps what was asked for of the episodes of one moment.
  fileprivate mutating func note(_ played: PlayedEpisodes, _ request: ReturnsRequest) {
    let totals = played.episodes.map(\.totalReward)
    switch played.kind {
    case .online:
      for lane in totals.indices { lifetime[lane] += totals[lane] }
      if request.onlineEpisodes.contains(played.episode) { online[played.episode] = totals }
    case .adapted:
      var means = adapted[played.episode] ?? [Double](repeating: 0, count: totals.count)
      // One sum at a time, divided at the end, as a mean of a list is.
      for lane in totals.indices { means[lane] += totals[lane] }
      if played.repetition == request.evaluation.episodesPerProbe - 1 {
        for lane in totals.indices { means[lane] /= Double(request.evaluation.episodesPerProbe) }
      }
      adapted[played.episode] = means
    }
  }
}

extension TaskReturns {
  var json: JSONValue {
    func lists(_ returns: [Int: [Double]]) -> JSONValue {
      .array(
        returns.sorted { $0.key < $1.key }.map {
          ["episode": .integer($0.key), "returns": .array($0.value.map { .number($0) })]
        })
    }
    return [
      "lifetime": .array(lifetime.map { .number($0) }), "online": lists(online), "adapted": lists(adapted),
      "environmentSteps": .integer(environmentSteps),
    ]
  }

  /// Reads what `json` has written; nil if it has another form or number of tasks.
  init?(_ json: JSONValue, taskCount: Int) {
    func numbers(_ json: JSONValue?) -> [Double]? {
      guard let values = json?.arrayValue, values.count == taskCount else { return nil }
      let numbers = values.compactMap(\.numberValue)
      return numbers.count == taskCount ? numbers : nil
    }
    func lists(_ json: JSONValue?) -> [Int: [Double]]? {
      guard let values = json?.arrayValue else { return nil }
      let pairs = values.compactMap { value -> (Int, [Double])? in
        guard let episode = value["episode"]?.integerValue, let returns = numbers(value["returns"]) else {
          return nil
        }
        return (episode, returns)
      }
      guard pairs.count == values.count else { return nil }
      return Dictionary(pairs) { first, _ in first }
    }
    guard let lifetime = numbers(json["lifetime"]), let online = lists(json["online"]),
      let adapted = lists(json["adapted"]), let steps = json["environmentSteps"]?.integerValue
    else { return nil }
    (self.lifetime, self.online, self.adapted, environmentSteps) = (lifetime, online, adapted, steps)
  }
}
