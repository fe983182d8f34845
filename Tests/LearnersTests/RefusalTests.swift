import Environments
import Learners
import MetaRL
import Testing

@Suite struct RefusalTests {
  private static let bandits: [any MetaLearner.Type] = [
    GittinsIndex.self, BayesOptimal.self, UCB1.self, EpsilonGreedy.self, OptimisticThompsonSampling.self,
  ]
  private static let planners: [any MetaLearner.Type] = [
    PSRL.self, UCRL2.self, BEB.self, EpsilonGreedyPlanning.self, KnownTask.self,
  ]

  private func expectRefusal(_ learners: [any MetaLearner.Type], of families: [any TaskFamily]) {
    func expectRefusal<L: MetaLearner>(_ type: L.Type, _ family: any TaskFamily) {
      #expect(throws: UnsupportedFamilyError.self) { try untrained(L.self, on: family) }
    }
    for learner in learners {
      for family in families { expectRefusal(learner, family) }
    }
  }

  @Test func familiesThatALearnerCannotPlayAreRefused() {
    expectRefusal(Self.bandits, of: [PointNavigation(), GridWorld()])
    expectRefusal(Self.planners, of: [PointNavigation(), BernoulliBandit()])
    expectRefusal([KnownTask.self], of: [WithDescriptor(GridWorld())])
    expectRefusal([PEARL.self], of: [GridWorld()])
    expectRefusal([DQN.self, RecurrentDQN.self, DREAM.self], of: [PointRobot()])
    expectRefusal([RegressionMAML.self], of: [PointNavigation(), GridWorld()])
  }
}
