import Environments
import Learners
import MetaRL
import Tensors
import Testing

@Suite struct LifetimeTests {
  private let family = Short(PointNavigation(), horizon: 9)
  private let lanes = 3

  private func streams(_ name: String) -> LaneRandom { LaneRandom(seed: 4, name, lanes: lanes) }

  /// What an agent does at one place, with the same luck always.
  private func probe(_ agent: some Agent) -> [[Float]] {
    var (copy, random) = (agent, streams("probe"))
    return copy.act(on: Tensor(repeating: 0.1, shape: [lanes, 2]), using: &random).vectors?.floatRows ?? []
  }

  /// Probes of an agent after each episode of its life, and its episodes by lane.
  private func live(_ learner: MAML, episodes: Int) throws -> (probes: [[[Float]]], played: [[Episode]]) {
    var agent = learner.makeAgent(using: streams("birth"))
    var environment = family.makeEnvironment(for: (0..<lanes).map { TaskID(.test, $0) })
    var (probes, played) = ([probe(agent)], [[Episode]](repeating: [], count: lanes))
    for episode in 0..<episodes {
      let more = try rollout(
        &agent, in: &environment, episodes: episode..<episode + 1, spec: family.spec.with(horizon: 9),
        lifetime: streams("life"))
      for lane in 0..<lanes { played[lane] += more[lane] }
      probes.append(probe(agent))
    }
    return (probes, played)
  }

  private func expectChange(of learner: MAML, every count: Int) throws {
    let probes = try live(learner, episodes: 7).probes
    for episode in 1...7 {
      for lane in 0..<lanes {
        #expect((probes[episode][lane] != probes[episode - 1][lane]) == episode.isMultiple(of: count))
      }
    }
    #expect(learner.adaptation.episodesPerStep == count)
  }

  @Test("An agent changes after every K episodes and at no other time", arguments: [1, 2, 3])
  func agentsChangeEveryKEpisodes(count: Int) throws {
    try expectChange(of: makeLearner(on: family) { $0.episodesPerInnerStep = count }, every: count)
  }

  /// And nothing of training changes.
  @Test("At test, an agent can wait longer for its step than in training") func stepsAtTestCanWait() throws {
    func make(_ atTest: Int) throws -> MAML {
      try makeLearner(on: family) { ($0.episodesPerInnerStep, $0.episodesPerTestStep) = (2, atTest) }
    }
    let learner = try make(3)
    try expectChange(of: learner, every: 3)
    var (trained, asBefore) = (learner, try make(0))
    let steps = try [
      train(&trained, on: family, iterations: 0..<2).map(\.steps),
      train(&asBefore, on: family, iterations: 0..<2).map(\.steps),
    ]
    #expect(steps[0] == steps[1])
    #expect(trained.theta.tensors.map(\.floats) == asBefore.theta.tensors.map(\.floats))
  }

  @Test(
    "Every step is the inner step of training and later ones are scaled",
    arguments: [MAML.StepSizes.fixed, .learned], [0.5, 1, 0.1])
  func stepsAreThoseOfTraining(sizes: MAML.StepSizes, factor: Double) throws {
    let learner = try makeLearner(on: family) {
      ($0.episodesPerInnerStep, $0.laterStepFactor, $0.stepSizes) = (2, factor, sizes)
    }
    let (probes, played) = try live(learner, episodes: 6)
    for lane in 0..<lanes {
      var phi = learner.weights(in: learner.theta)
      for step in 0..<3 {
        let batch = learner.batch(Array(played[lane][2 * step..<2 * step + 2]), playedWith: phi, .reported)
        phi = learner.innerStep(phi, learner.theta, batch, .first, factor: step == 0 ? 1 : factor)
        #expect(probe(PolicyAgent(learner.policy, phi))[lane] == probes[2 * step + 2][lane])
      }
    }
  }

  @Test func anAgentWithoutAStepSizeNeverChanges() throws {
    let learner = try makeLearner(on: family) { ($0.episodesPerInnerStep, $0.innerStepSize) = (1, 0) }
    let probes = try live(learner, episodes: 4).probes
    #expect(probes.allSatisfy { $0 == probes[0] })
  }

  @Test func theAdaptedReturnChangesOnlyWhereTheAgentDoes() throws {
    /// Newborn agents and agents after one episode draw from different streams, so the same learner is evaluated
    /// with and without steps.
    func curve(_ size: Double) throws -> AdaptationCurve {
      let learner = try makeLearner(on: family) { $0.innerStepSize = size }
      return try evaluate(
        learner, on: family, EvaluationProtocol(taskCount: 4, episodesPerLifetime: 5, episodesPerProbe: 2),
        random: RandomStream(seed: 2))
    }
    let (adapting, fixed) = (try curve(0.5), try curve(0))
    for task in 0..<4 {
      for probe in 0...5 {
        #expect((adapting.adapted[task][probe] == fixed.adapted[task][probe]) == (probe < 3))
      }
      for episode in 0..<5 {
        #expect((adapting.online[task][episode] == fixed.online[task][episode]) == (episode < 3))
      }
    }
  }

  @Test("A task's evaluation does not depend on the tasks next to it", arguments: Variant.allCases, [0, 1])
  func tasksAreIndependent(variant: Variant, index: Int) throws {
    func compare(_ family: some TaskFamily) throws {
      let learner = try makeLearner(on: family, variant.apply)
      func curve(_ tasks: Int, workers: Int = 1) throws -> AdaptationCurve {
        try evaluate(
          learner, on: family, EvaluationProtocol(taskCount: tasks, episodesPerLifetime: 4),
          random: RandomStream(seed: 2), workers: Workers(workers))
      }
      let many = try curve(4, workers: 2)
      for count in 1...3 {
        let few = try curve(count)
        #expect(few.online == Array(many.online.prefix(count)))
        #expect(few.adapted == Array(many.adapted.prefix(count)))
      }
    }
    try index == 0 ? compare(self.family) : compare(Short(GridWorld(), horizon: 6))
  }

  private func transition(_ rewards: [Float], isLive: [Bool]) -> Transition {
    let places = Tensor(repeating: 0, shape: [2, 1])
    return Transition(
      observations: places, actions: .discrete([0, 0]), rewards: Rewards(rewards), nextObservations: places,
      terminated: [false, false], truncated: [false, false], isLive: isLive, reportedReward: .dense)
  }

  @Test("Episodes come as soon as there are enough and then start again") func episodesComeWhenThereAreEnough() {
    var recent = RecentEpisodes(every: 2, laneCount: 2)
    for first: Float in [1, 10] {
      recent.record(transition([first, 5], isLive: [true, false]))
      #expect(recent.endEpisode() == nil)
      recent.record(transition([first + 1, 7], isLive: [true, true]))
      recent.record(transition([first + 2, 8], isLive: [true, false]))
      let episodes = recent.endEpisode()
      #expect(episodes?.map { $0.map(\.denseRewards) } == [[[first], [first + 1, first + 2]], [[], [7]]])
    }
  }
}
