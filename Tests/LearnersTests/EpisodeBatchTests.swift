import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

@Suite struct EpisodeBatchTests {
  private let policy = StochasticPolicy(
    observationSize: 2, head: .categorical(count: 3), hiddenSizes: [4], activation: .tanh)

  /// Episodes of three lengths whose numbers say where they belong, with different rewards on the two channels.
  private let episodes = [(2, true), (3, false), (1, true)].enumerated().map { episode, shape -> Episode in
    let (steps, isTerminal) = shape
    return Episode(
      observations: (0...steps).flatMap { [Float(episode), Float($0)] },
      actions: .discrete((0..<steps).map { (episode + $0) % 3 }),
      denseRewards: (0..<steps).map { Float(episode) - 0.5 * Float($0) },
      sparseRewards: (0..<steps).map { $0 == steps - 1 ? 1 : 0 }, terminated: isTerminal)
  }

  private func batch(_ episodes: [Episode], _ reward: RewardChoice = .dense, lambda: Double = 1) -> EpisodeBatch {
    EpisodeBatch(
      episodes, reward: reward, discount: 0.9, lambda: lambda, policy: policy,
      parameters: policy.makeParameters(using: RandomStream(seed: 1)))
  }

  @Test func rowsAreTheStepsWithoutTheLastObservations() {
    let batch = batch(episodes)
    #expect(batch.lengths == [2, 3, 1])
    #expect(batch.observations.shape == [6, 2])
    #expect(batch.observations.floats == [0, 0, 0, 1, 1, 0, 1, 1, 1, 2, 2, 0])
    #expect(batch.actions.choices == [0, 1, 1, 2, 0, 2])
    #expect(batch.logProbabilities.shape == [6])
  }

  @Test("Advantages are standardized estimates with the baseline of these episodes", arguments: [0.0, 0.95, 1])
  func advantagesAreStandardized(lambda: Double) {
    let rewards = episodes.map { $0.denseRewards.map { Double($0) } }
    let baseline = LinearFeatureBaseline(
      fittedTo: episodes, returns: rewards.map { discountedSums($0, discount: 0.9) })
    let estimates = zip(episodes, rewards).flatMap { episode, rewards in
      generalizedAdvantages(
        rewards: rewards, values: baseline.values(episode), lastValue: 0, discount: 0.9, lambda: lambda)
    }
    let batch = batch(episodes, lambda: lambda)
    let (numbers, deviation) = standardized(estimates)
    #expect(batch.advantages.floats == numbers.map { Float($0) })
    #expect(batch.advantageDeviation == deviation)
    for (weight, advantage) in zip(batch.weights.doubles, numbers) { #expect(abs(weight - advantage / 6) < 1e-6) }
  }

  @Test func theMeanReturnIsThatOfTheChannel() {
    #expect(abs(batch(episodes).meanReturn - (-0.5 + 1.5 + 2) / 3) < 1e-12)
    #expect(batch(episodes, .sparse).meanReturn == 1)
    #expect(batch(episodes).advantages.floats != batch(episodes, .sparse).advantages.floats)
  }

  @Test func vectorsStayVectors() {
    let policy = StochasticPolicy(observationSize: 2, head: .gaussian(size: 2), hiddenSizes: [], activation: .tanh)
    var played = episodes
    for i in played.indices {
      played[i].actions = .continuous((0..<2 * played[i].stepCount).map { Float(10 * i + $0) })
    }
    let batch = EpisodeBatch(
      played, reward: .dense, discount: 0.9, lambda: 1, policy: policy,
      parameters: policy.makeParameters(using: RandomStream(seed: 1)))
    #expect(batch.actions.vectors?.shape == [6, 2])
    #expect(batch.actions.vectors?.floats == [0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 20, 21])
  }

  /// What adapts sees the inner channel, and what is optimized the outer one.
  @Test("Inner and outer rewards are the channels of the settings") func innerAndOuterRewards() throws {
    let family = Short(CornerNavigation(reportedReward: .sparse), horizon: 20)
    var learners: [MAML] = []
    for (inner, outer) in [(RewardChoice.reported, RewardChoice.reported), (.sparse, .sparse), (.dense, .sparse)] {
      let learner = try makeLearner(on: family) { ($0.innerReward, $0.trainingReward) = (inner, outer) }
      let agent = PolicyAgent(learner.policy, learner.theta)
      let played = try LearnersTests.episodes(of: agent, on: family, random: LaneRandom(seed: 6, lanes: 4))
      for choice in RewardChoice.allCases {
        let total = played.reduce(0) { $0 + $1.totalReward(choice) }
        let batch = learner.batch(played, playedWith: learner.theta, choice)
        #expect(abs(batch.meanReturn - total / 4) < 1e-9)
      }
      learners.append(learner)
    }
    // Settings are part of a learner's bytes; its parameters tell what it trained on.
    for i in learners.indices { try train(&learners[i], on: family, iterations: 0..<2) }
    let parameters = learners.map { $0.theta.tensors.map(\.floats) }
    #expect(parameters[0] == parameters[1])
    #expect(parameters[0] != parameters[2])
  }
}
