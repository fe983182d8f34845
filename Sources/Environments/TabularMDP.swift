import MetaRL
import Tensors

/// Random Markov decision processes of 10 states and 5 actions.
///
/// The tabular MDPs of Duan, Schulman, Chen, Bartlett, Sutskever & Abbeel (2016, arXiv:1611.02779, section
/// 3.2). The mean reward of each state and action is normal with mean 1 and deviation 1, and a reward is
/// normal around it with deviation 1; the probabilities of the next state are uniform among all there are (a
/// Dirichlet distribution whose parameters are all 1). Every episode starts in state 0 and is cut off after 10
/// steps. The observation is the state, one-hot.
public struct TabularMDP: TaskFamily {
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// `[state, action, next state]`, row by row: the probability of the next state.
    public let transitionProbabilities: [Float]
    /// `[state, action]`, row by row: the mean of the reward.
    public let meanRewards: [Float]

    /// A task with the given tables.
    ///
    /// - Precondition: the tables have the sizes of the family.
    public init(transitionProbabilities: [Float], meanRewards: [Float]) {
      precondition(
        meanRewards.count == TabularMDP.pairCount
          && transitionProbabilities.count == TabularMDP.pairCount * TabularMDP.stateCount,
        "the tables are those of \(TabularMDP.stateCount) states and \(TabularMDP.actionCount) actions")
      self.transitionProbabilities = transitionProbabilities
      self.meanRewards = meanRewards
    }
  }

  /// The states: |S| in the paper.
  public static let stateCount = 10
  /// The actions: |A| in the paper.
  public static let actionCount = 5
  /// The pairs of a state and an action.
  static let pairCount = stateCount * actionCount
  /// The steps of an episode: T in the paper.
  static let horizon = 10

  /// The episodes in a lifetime: n in the paper.
  public let episodesPerLifetime: Int

  /// Chooses the number of episodes in a lifetime.
  ///
  /// - Precondition: the number is positive.
  public init(episodesPerLifetime: Int = 10) {
    precondition(episodesPerLifetime > 0, "a lifetime needs episodes, not \(episodesPerLifetime)")
    self.episodesPerLifetime = episodesPerLifetime
  }

  /// Observation: the state, one-hot; five choices; 10 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: Self.stateCount, actionSpace: .discrete(count: Self.actionCount), horizon: Self.horizon,
      stateCount: Self.stateCount)
  }

  public func task(_ id: TaskID) -> TaskParameters {
    let random = id.random(family: "tabular-mdp")
    var rewardRandom = random.split("rewards")
    return TaskParameters(
      transitionProbabilities: Self.uniformDistributions(Self.pairCount, of: Self.stateCount, random),
      meanRewards: rewardRandom.normals(Self.pairCount).map { 1 + $0 })
  }

  /// The probabilities of the transitions, `[state, action, next state]` row by row, then the mean
  /// rewards, `[state, action]` row by row.
  public func descriptor(of task: TaskParameters) -> [Float] { task.transitionProbabilities + task.meanRewards }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks: tasks) }

  /// Distributions over the given number of outcomes, drawn uniformly.
  ///
  /// Sorted uniform numbers cut the unit interval into such a distribution, without a logarithm, whose
  /// last bits would differ between systems.
  private static func uniformDistributions(_ count: Int, of outcomes: Int, _ random: RandomStream) -> [Float] {
    let cutCount = outcomes - 1
    var lanes = LaneRandom([random.split("transitions")])
    let drawn = lanes.uniforms(perLane: count * cutCount)
    var probabilities: [Float] = []
    probabilities.reserveCapacity(count * outcomes)
    for row in 0..<count {
      var last: Float = 0
      for cut in drawn[row * cutCount..<(row + 1) * cutCount].sorted() {
        probabilities.append(cut - last)
        last = cut
      }
      probabilities.append(1 - last)
    }
    return probabilities
  }

  public struct Lanes: Environment {
    /// `[lane, state, action, next state but the last]`, row by row: the probability of that state or one before it.
    let cumulativeProbabilities: [Float]
    /// `[lane, state, action]`, row by row.
    let meanRewards: [Float]
    var states: [Int]

    init(tasks: [TaskParameters]) {
      var sums: [Float] = []
      sums.reserveCapacity(tasks.count * TabularMDP.pairCount * (TabularMDP.stateCount - 1))
      for task in tasks {
        for pair in 0..<TabularMDP.pairCount {
          var sum: Float = 0
          for next in 0..<TabularMDP.stateCount - 1 {
            sum += task.transitionProbabilities[pair * TabularMDP.stateCount + next]
            sums.append(sum)
          }
        }
      }
      cumulativeProbabilities = sums
      meanRewards = tasks.flatMap(\.meanRewards)
      states = [Int](repeating: 0, count: tasks.count)
    }

    public var laneCount: Int { states.count }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      for lane in states.indices { states[lane] = 0 }
      return observations
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let choices = actions.choices(lanes: laneCount, count: TabularMDP.actionCount)
      let chances = random.uniforms(perLane: 1)
      var rewards = random.normals(perLane: 1)
      let cutCount = TabularMDP.stateCount - 1
      for lane in states.indices {
        let pair = (lane * TabularMDP.stateCount + states[lane]) * TabularMDP.actionCount + choices[lane]
        rewards[lane] += meanRewards[pair]
        // Counting, not searching: nothing here depends on where the chance falls but the sum.
        var next = 0
        for cut in pair * cutCount..<(pair + 1) * cutCount where cumulativeProbabilities[cut] <= chances[lane] {
          next += 1
        }
        states[lane] = next
      }
      return StepOutcome(observations: observations, rewards: Rewards(rewards))
    }

    private var observations: Tensor { Tensor(oneHot: states, count: TabularMDP.stateCount) }
  }
}

extension TabularMDP {
  /// The largest expected return of an episode that an agent can have that knows the task, by backward induction.
  ///
  /// - Parameters:
  ///   - task: the task.
  ///   - discount: of each step with respect to the one before.
  /// - Returns: the value of state 0 with all steps of an episode to go.
  public func optimalReturn(of task: TaskParameters, discount: Double = 1) -> Double {
    let (states, actions) = (Self.stateCount, Self.actionCount)
    let probabilities = task.transitionProbabilities.map(Double.init)
    var values = [Double](repeating: 0, count: states)
    var next = values
    for _ in 0..<Self.horizon {
      for state in 0..<states {
        var best = -Double.infinity
        for action in 0..<actions {
          let pair = state * actions + action
          var expected = 0.0
          for other in 0..<states { expected += probabilities[pair * states + other] * values[other] }
          best = max(best, Double(task.meanRewards[pair]) + discount * expected)
        }
        next[state] = best
      }
      swap(&values, &next)
    }
    return values[0]
  }

  public var card: FamilyCard {
    FamilyCard(
      name: "tabular-mdp-\(episodesPerLifetime)", version: 1,
      summary: "Random MDPs with 10 states and 5 actions; \(episodesPerLifetime) episodes of 10 steps.",
      source: "Duan et al. 2016, arXiv:1611.02779, section 3.2",
      episodesPerLifetime: episodesPerLifetime,
      random: .init(10, computation: "exact: ten rewards of mean 1"),
      oracle: .init(
        21.8329, standardError: 0.0023,
        computation: "exact in a task: backward induction; the mean of 1,000,000 tasks"),
      trajectoryHash: "00f801bbe9af594d")
  }
}
