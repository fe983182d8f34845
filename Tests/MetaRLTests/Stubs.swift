import MetaRL
import Tensors

/// A line on which nothing but noise happens: an episode ends where the choice is 1.
struct NoiseFamily: TaskFamily {
  struct TaskParameters: Codable, Sendable {
    var index: Int
  }

  var horizon = 6

  var card: FamilyCard {
    FamilyCard(
      name: "noise", version: 1, summary: "", source: "", episodesPerLifetime: 3,
      random: .init(0, computation: ""), oracle: .init(0, computation: ""), trajectoryHash: "")
  }
  var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 1, actionSpace: .discrete(count: 2), horizon: horizon)
  }
  func task(_ id: TaskID) -> TaskParameters { TaskParameters(index: id.index) }
  func descriptor(of task: TaskParameters) -> [Float] { [Float(task.index)] }
  func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(laneCount: tasks.count) }

  struct Lanes: Environment {
    let laneCount: Int

    mutating func reset(using random: inout LaneRandom) -> Tensor {
      Tensor(random.uniforms(perLane: 1), shape: [laneCount, 1])
    }

    mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      guard case .discrete(let choices) = actions else { preconditionFailure("the noise family takes choices") }
      let rewards = random.uniforms(perLane: 1)
      return StepOutcome(
        observations: Tensor(random.uniforms(perLane: 1), shape: [laneCount, 1]), rewards: Rewards(rewards),
        terminated: choices.map { $0 == 1 })
    }
  }
}

/// Ends the first episodes of its life at once, or lets them run; from then on it acts by chance.
struct Ender: Agent {
  /// Lanes that end each of their first `episodes` episodes at once.
  var endsAtOnce: [Bool]
  var episodes = 1
  var episode = 0

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    .discrete(
      endsAtOnce.indices.map { lane in
        guard episode >= episodes else { return endsAtOnce[lane] ? 1 : 0 }
        return random[lane].integer(below: 5) == 0 ? 1 : 0
      })
  }

  mutating func endEpisode(using random: inout LaneRandom) { episode += 1 }
}

/// Remembers what it is told, and acts on it: what it does depends on all that has happened in its lane.
struct Diary: MetaLearner {
  struct Configuration: LearnerConfiguration {
  }

  init(_ configuration: Configuration = Configuration(), for spec: EnvironmentSpec, using random: RandomStream) {}

  func makeAgent(using random: LaneRandom) -> Writer {
    Writer(memory: [Double](repeating: 0, count: random.count))
  }

  mutating func metaTrain(_ session: inout TrainingSession) {}

  struct Writer: Agent {
    var memory: [Double]
    var seen: [Transition] = []

    mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      .discrete(memory.indices.map { random[$0].uniform() < 0.1 + 0.05 * memory[$0] ? 1 : 0 })
    }

    mutating func observe(_ transition: Transition) {
      seen.append(transition)
      for lane in memory.indices where transition.isLive[lane] {
        memory[lane] = 0.9 * memory[lane] + Double(transition.rewards.dense[lane])
      }
    }

    mutating func endEpisode(using random: inout LaneRandom) {
      for lane in memory.indices { memory[lane] += random[lane].uniform() }
    }
  }
}

func streams(_ count: Int, seed: UInt64 = 0) -> LaneRandom {
  LaneRandom((0..<count).map { RandomStream(seed: seed).split("lane", $0) })
}
