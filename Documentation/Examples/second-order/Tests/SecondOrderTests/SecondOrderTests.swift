import MetaRLZoo
import SecondOrderLearner
import Testing

@Test func itKeepsThePromisesOfEveryLearner() {
  #expect(problems(with: SecondOrder.self, on: GridWorld()) == [])
}
