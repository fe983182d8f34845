/// The plan of the best agent that does not know its task, in a game without chance, and what it earns.
///
/// Such an agent knows its state and which tasks agree with everything that it has met; those are as likely as each other.
/// Both together are a situation. In small games few situations can be met, and dynamic programming, backwards over the
/// steps of a lifetime, finds the best choice in each.
public struct BeliefPlan: Sendable {
  /// The result of a choice in some of the tasks that are possible before it.
  private struct Branch {
    /// The share of these tasks.
    var share: Double
    var reward: Double
    /// The number of the situation.
    var next: Int
  }

  private struct Situation<State: Hashable>: Hashable {
    var state: State
    /// The possible tasks, a bit for each.
    var tasks: UInt64
  }

  /// A place in the plan: the steps of the lifetime so far, and the number of the situation.
  public struct Place: Sendable {
    fileprivate var step = 0
    fileprivate var situation = 0

    /// The birth of an agent.
    public init() {}
  }

  /// The mean return of each episode, over all tasks.
  public private(set) var returns: [Double] = []
  private let horizon: Int
  /// `[situation][choice]`.
  private var branches: [[[Branch]]] = []
  /// The situation at the start of an episode with the same possible tasks, `[situation]`.
  private var starts: [Int] = []
  /// The best choices, `[step of a lifetime][situation]`.
  private var choices: [[Int]] = []

  /// Solves a game.
  ///
  /// - Parameters:
  ///   - tasks: equally likely tasks, 64 at most.
  ///   - start: the state at the start of an episode; the state is seen, and is all that depends on what was done in it.
  ///   - choiceCount: the number of choices.
  ///   - horizon: the steps of an episode.
  ///   - episodes: the episodes of a lifetime.
  ///   - step: the next state and the reward, both seen.
  /// - Precondition: the numbers are positive.
  package init<State: Hashable, Task>(
    tasks: [Task], start: State, choices choiceCount: Int, horizon: Int, episodes: Int,
    step: (State, _ choice: Int, Task) -> (next: State, reward: Double)
  ) {
    precondition(1...64 ~= tasks.count && horizon > 0, "a plan needs 1 to 64 tasks and a step at least")
    precondition(episodes > 0, "a lifetime needs episodes, not \(episodes)")
    self.horizon = horizon
    var situations = [Situation(state: start, tasks: UInt64.max >> (64 - UInt64(tasks.count)))]
    var numbers = [situations[0]: 0]
    func number(_ situation: Situation<State>) -> Int {
      if let number = numbers[situation] { return number }
      numbers[situation] = situations.count
      situations.append(situation)
      return situations.count - 1
    }
    while branches.count < situations.count {
      let situation = situations[branches.count]
      let possible = tasks.indices.filter { situation.tasks >> UInt64($0) & 1 == 1 }
      let results = (0..<choiceCount).map { choice in
        var outcomes: [(next: State, reward: Double, tasks: UInt64)] = []
        for task in possible {
          let (next, reward) = step(situation.state, choice, tasks[task])
          if let same = outcomes.firstIndex(where: { $0.next == next && $0.reward == reward }) {
            outcomes[same].tasks |= 1 << UInt64(task)
          } else {
            outcomes.append((next, reward, 1 << UInt64(task)))
          }
        }
        return outcomes.map { outcome in
          Branch(
            share: Double(outcome.tasks.nonzeroBitCount) / Double(possible.count), reward: outcome.reward,
            next: number(Situation(state: outcome.next, tasks: outcome.tasks)))
        }
      }
      branches.append(results)
      // The last episode is followed by none.
      starts.append(episodes > 1 ? number(Situation(state: start, tasks: situation.tasks)) : 0)
    }
    choose(episodes: episodes)
    returns = meanReturns(episodes: episodes)
  }

  /// Backwards from the last step: the choice with the largest mean return of the lifetime from there; the first of equals.
  private mutating func choose(episodes: Int) {
    var values = [Double](repeating: 0, count: branches.count)
    var backwards: [[Int]] = []
    for episode in 0..<episodes {
      if episode > 0 { values = starts.map { values[$0] } }
      for _ in 0..<horizon {
        var (next, best) = (values, [Int](repeating: 0, count: values.count))
        for (situation, results) in branches.enumerated() {
          var largest = -Double.infinity
          for (choice, outcomes) in results.enumerated() {
            let value = outcomes.reduce(0) { $0 + $1.share * ($1.reward + values[$1.next]) }
            if value > largest { (largest, best[situation]) = (value, choice) }
          }
          next[situation] = largest
        }
        values = next
        backwards.append(best)
      }
    }
    choices = backwards.reversed()
  }

  /// Forwards from birth: the distribution of the situation, and the rewards it brings.
  private func meanReturns(episodes: Int) -> [Double] {
    var shares = [Double](repeating: 0, count: branches.count)
    shares[0] = 1
    return (0..<episodes).map { episode in
      var total = 0.0
      for step in 0..<horizon {
        var next = [Double](repeating: 0, count: shares.count)
        for (situation, share) in shares.enumerated() where share > 0 {
          for outcome in branches[situation][choices[episode * horizon + step][situation]] {
            total += share * outcome.share * outcome.reward
            next[outcome.next] += share * outcome.share
          }
        }
        shares = next
      }
      var reborn = [Double](repeating: 0, count: shares.count)
      for (situation, share) in shares.enumerated() { reborn[starts[situation]] += share }
      shares = reborn
      return total
    }
  }

  /// The best choice.
  public func choice(at place: Place) -> Int { choices[place.step][place.situation] }

  /// The place after the best choice was rewarded; nil if no task that is possible rewards it like that.
  ///
  /// Results that differ in the next state but not in the reward are taken to be one.
  public func place(after place: Place, reward: Float) -> Place? {
    let results = branches[place.situation][choice(at: place)]
    guard let result = results.first(where: { Float($0.reward) == reward }) else { return nil }
    var next = place
    next.step += 1
    next.situation = next.step % horizon == 0 ? starts[result.next] : result.next
    return next
  }
}
