import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

@Suite struct ExportingTests {
  private func streams(_ name: String, _ lanes: Int) -> LaneRandom {
    LaneRandom((0..<lanes).map { RandomStream(seed: 8).split(name, $0) })
  }

  /// An agent in three lanes that has lived for some episodes.
  private func lived<F: TaskFamily>(
    _ family: F, episodes: Int, _ change: (inout MAML.Configuration) -> Void
  ) throws -> MAML.LifetimeAgent {
    let learner = try makeLearner(on: family, change)
    var agent = learner.makeAgent(using: streams("birth", 3))
    var environment = family.makeEnvironment(for: (0..<3).map { TaskID(.test, $0) })
    _ = try rollout(
      &agent, in: &environment, episodes: 0..<episodes, spec: family.spec, lifetime: streams("life", 3))
    return agent
  }

  @Test(arguments: [0, 2, 5], [Variant.trustRegion, .innerPPO, .anil, .cavia, .startOfContextLearned])
  func theNetworkOfALaneDoesWhatItsAgentDoes(episodes: Int, variant: Variant) throws {
    for (family, activation) in [(Short(PointNavigation(), horizon: 7), Activation.relu)] {
      var agent = try lived(family, episodes: episodes) {
        variant.apply(to: &$0)
        $0.episodesPerInnerStep = 2
        $0.activation = activation
        $0.hiddenSizes = [9, 4]
      }
      let observations = Tensor([0.1, -0.2, 0.7, 0.3, -1, 0], shape: [3, 2])
      let networks = (0..<3).map { agent.policyNetwork(lane: $0) }
      var random = streams("act", 3)
      guard case .continuous(let acted) = agent.act(on: observations, using: &random) else {
        Issue.record("the actions are no vectors")
        continue
      }
      for lane in 0..<3 {
        guard case .gaussian(let logDeviation) = networks[lane].head else {
          Issue.record("the head is not normal")
          continue
        }
        let mean = networks[lane](observations.slice(lane..<lane + 1))
        var luck = streams("act", 3)[lane...lane]
        let noise = Tensor(luck.normals(perLane: 2), shape: [1, 2])
        let due = DiagonalGaussian(mean: mean, logDeviation: logDeviation).sample(noise)
        #expect(due.floats == acted.floatRows[lane])
      }
    }
  }

  @Test func theNetworkOfChoicesGivesTheLogitsOfThePolicy() throws {
    let learner = try makeLearner(on: GridWorld())
    let agent = try lived(GridWorld(), episodes: 0) { _ in }
    let observations = Tensor((0..<81).map { $0 % 10 == 0 ? 1 : 0 }, shape: [9, 9])
    let network = agent.policyNetwork(lane: 1)
    #expect(network.observationSize == 9 && network.outputSize == 4)
    guard case .categorical = network.head, case .categorical(let due) = learner.policy(observations, learner.theta)
    else {
      Issue.record("these are no choices")
      return
    }
    #expect(network(observations).floats == due.logits.floats)
  }

  @Test func whatDoesNotAdaptSaysSo() throws {
    let still = try makeLearner(on: GridWorld()) { $0.innerStepSize = 0 }
    #expect(still.adaptation.episodesPerStep == nil)
    let adapting = try makeLearner(on: GridWorld()) { $0.stepSizes = .learned }
    #expect(adapting.adaptation.episodesPerStep == 3)
    #expect(adapting.adaptation.procedure.contains("stepSize.NAME"))
    #expect(adapting.metaParameters.names.contains("stepSize.layer1.weights"))
  }
}
