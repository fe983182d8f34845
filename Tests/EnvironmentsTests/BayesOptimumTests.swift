import Environments
import MetaRL
import Testing

/// What the best agents that do not know their task earn, against the specification's numbers.
@Suite struct BayesOptimumTests {
  @Test(arguments: [
    (2, 2, 1.083333), (2, 5, 2.888889), (2, 10, 6.021786), (2, 20, 12.431265), (3, 10, 6.409643), (5, 10, 6.659988),
    (10, 10, 6.713951), (50, 10, 6.713951),
  ]) func theBestGamblerEarnsWhatTheSpecificationSays(arms: Int, pulls: Int, total: Double) {
    #expect(abs(BernoulliBandit(arms: arms, pulls: pulls).bayesOptimalReturn() - total) < 6e-7)
  }

  @Test func oneArmAndOnePullAreWorthWhatIsPlain() {
    #expect(BernoulliBandit(arms: 1, pulls: 7).bayesOptimalReturn() == 3.5)
    #expect(BernoulliBandit(arms: 9, pulls: 1).bayesOptimalReturn() == 0.5)
    // A win is followed by the same arm, at 2/3, a loss by the other, at 1/2.
    #expect(abs(BernoulliBandit(arms: 2, pulls: 2).bayesOptimalReturn() - (0.5 + 1.0 / 3 + 0.25)) < 1e-15)
  }
}
