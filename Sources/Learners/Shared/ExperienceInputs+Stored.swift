import MetaRL
import Tensors

// Inputs from steps of a store.
extension ExperienceInputs {
  /// The inputs after each of some steps: where it led to, and the step.
  func rows(of steps: TransitionRows, _ isLast: [Bool]) -> [Float] {
    let count = isLast.count
    func matrix(_ values: [Float]) -> Tensor { Tensor(values, shape: [count, observationSize]) }
    // As an agent sees them that takes each step in a separate lane.
    let transition = Transition(
      observations: matrix(steps.observations), actions: actions(steps.actions),
      rewards: Rewards(steps.rewards), nextObservations: matrix(steps.nextObservations), terminated: isLast,
      truncated: isLast, isLive: [Bool](repeating: true, count: count), reportedReward: .dense)
    var memory = [Float](repeating: 0, count: count * memorySize)
    write(transition, .dense, into: &memory)
    return rows(transition.nextObservations, memory)
  }

  /// The inputs that each of the steps of a lifetime was taken on, and one more: those after the last step.
  ///
  /// What is seen after an episode's last step is the first observation of the next, except after the last step of all.
  func rows(beforeEachOf steps: TransitionRows, _ isLast: [Bool]) -> [Float] {
    var inputs = Array(steps.observations.prefix(observationSize)) + newborn
    let after = rows(of: steps, isLast)
    for step in isLast.indices {
      let isEnd = step == isLast.count - 1
      let seen = isEnd ? after[(step * size)...] : steps.observations[((step + 1) * observationSize)...]
      inputs.append(contentsOf: seen.prefix(observationSize))
      inputs.append(contentsOf: after[(step * size + observationSize)..<((step + 1) * size)])
    }
    return inputs
  }

  private func actions(_ numbers: [Float]) -> Actions {
    switch actionSpace {
    case .discrete: .discrete(numbers.map { Int($0) })
    case .continuous(let size): .continuous(Tensor(numbers, shape: [numbers.count / max(size, 1), size]))
    }
  }
}
