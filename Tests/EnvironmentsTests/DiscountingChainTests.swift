import Environments
import MetaRL
import Tensors
import Testing

@Suite struct DiscountingChainTests {
  /// An episode whose first action is `chain`, and whose later actions vary.
  private func rewards(_ chain: Int, bonusChain: Int) throws -> Episode {
    let family = DiscountingChain()
    var environment = family.makeEnvironment([.init(bonusChain: bonusChain)])
    var agent = Script(actions: [.discrete([chain])] + (1..<100).map { .discrete([$0 % 5]) })
    return try playEpisode(&agent, in: &environment, spec: family.spec, random: oneLane())[0]
  }

  @Test("Every chain gives one reward after its delay, a larger one in the bonus chain")
  func chainRewards() throws {
    for (chain, delay) in [1, 3, 10, 30, 100].enumerated() {
      for bonusChain in 0..<5 {
        let episode = try rewards(chain, bonusChain: bonusChain)
        #expect(episode.stepCount == 100 && !episode.terminated)
        #expect(episode.denseRewards == episode.sparseRewards)
        for (step, reward) in episode.denseRewards.enumerated() {
          #expect(reward == (step + 1 != delay ? 0 : chain == bonusChain ? 1.1 : 1))
        }
        for step in 0...100 {
          let row = Array(episode.observations[2 * step..<2 * step + 2])
          #expect(row == [step == 0 ? -1 : Float(chain), Float(step) / 100])
        }
      }
    }
  }

  @Test func fiveTasksOrTheFourthAlone() {
    let (any, one) = (DiscountingChain(), DiscountingChain(bonus: .thirtySteps))
    for split in TaskID.Split.allCases {
      #expect((0..<5).map { any.task(TaskID(split, $0)).bonusChain } == Array(0..<5))
      #expect(one.task(TaskID(split, 0)).bonusChain == 3)
    }
    #expect(any.taskCount(in: .train) == 5 && one.taskCount(in: .train) == 1)
  }

  @Test func anchorsAreThoseOfTheFiveChains() throws {
    for family in [DiscountingChain(), DiscountingChain(bonus: .thirtySteps)] {
      #expect(try simulatedRandom(family, tasks: 5_000, seed: 2).agrees(with: family.card.random))
      let best = try simulatedReturns(family, tasks: 5, seed: 1) { tasks in
        Controller(tasks: tasks) { task, _ in .discrete(task.bonusChain) }
      }
      for value in best { #expect(abs(value - family.card.oracle.value) < 1e-6) }
    }
  }
}
