import Environments
import Learners
import MetaRL
import Networks
import Tensors
import Testing

@Suite struct ExportingTests {
  private func streams(_ name: String) -> LaneRandom { LaneRandom(seed: 8, name, lanes: 3) }

  @Test(arguments: [0, 2, 5], [Variant.trustRegion, .innerPPO, .anil, .cavia, .startOfContextLearned])
  func theNetworkOfALaneDoesWhatItsAgentDoes(episodes: Int, variant: Variant) throws {
    let family = Short(PointNavigation(), horizon: 7)
    let learner = try makeLearner(on: family) {
      variant.apply(to: &$0)
      ($0.episodesPerInnerStep, $0.activation, $0.hiddenSizes) = (2, .relu, [9, 4])
    }
    var agent = try lived(learner, on: family, episodes: episodes, random: streams("life"), birth: streams("birth"))
      .agent
    let observations = Tensor([0.1, -0.2, 0.7, 0.3, -1, 0], shape: [3, 2])
    let networks = (0..<3).map { agent.policyNetwork(lane: $0) }
    var random = streams("act")
    let acted = try #require(agent.act(on: observations, using: &random).vectors)
    for lane in 0..<3 {
      guard case .gaussian(let logDeviation) = networks[lane].head else {
        Issue.record("the head is not normal")
        continue
      }
      let mean = networks[lane](observations.slice(lane..<lane + 1))
      var luck = streams("act")[lane...lane]
      let noise = Tensor(luck.normals(perLane: 2), shape: [1, 2])
      let due = DiagonalGaussian(mean: mean, logDeviation: logDeviation).sample(noise)
      #expect(due.floats == acted.floatRows[lane])
    }
  }

  @Test func theNetworkOfChoicesGivesTheLogitsOfThePolicy() throws {
    let learner = try makeLearner(on: GridWorld())
    let agent = learner.makeAgent(using: streams("birth"))
    let observations = Tensor((0..<81).map { $0 % 10 == 0 ? 1 : 0 }, shape: [9, 9])
    let network = agent.policyNetwork(lane: 1)
    #expect(network.observationSize == 9 && network.outputSize == 4)
    guard case .categorical = network.head else {
      Issue.record("these are no choices")
      return
    }
    let due = try #require(learner.policy(observations, learner.theta).categorical)
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
