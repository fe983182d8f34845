import MetaRL
import Networks
import Tensors

extension DQN {
  public struct Configuration: LearnerConfiguration {
    @Setting(
      "Widths of the hidden layers", each: 1...4096, count: 0...8, source: "our choice; " + paper + " has pictures")
    public var hiddenSizes = [64, 64]
    @Setting(
      "Whether the network in training chooses the action whose value its slow copy gives",
      source: "van Hasselt et al. 2016, arXiv:1509.06461")
    public var isDouble = true
    @Setting(
      "Whether the network gives the value of a state and what each action adds to it",
      source: "false; true: Wang et al. 2016, arXiv:1511.06581")
    public var isDueling = false
    @Setting("Tasks that are played in an iteration", 1...10_000, source: "our choice")
    public var tasksPerIteration = 10
    @Setting("Episodes of each", 1...10_000, source: "our choice")
    public var episodesPerTask = 5
    @Setting("Probability of any action in the first iteration", 0...1, symbol: "ε", source: paper)
    public var explorationStart = 1.0
    @Setting("Probability of any action in the end", 0...1, symbol: "ε", source: "small; " + paper + " has 0.1")
    public var explorationEnd = 0.05
    @Setting(
      "Iterations in which the first probability becomes the last, in equal steps", 0...1_000_000,
      source: "our choice")
    public var explorationIterations = 50
    @Setting("Updates in an iteration", 1...1_000_000, source: "our choice; " + paper + " has one in four steps")
    public var updatesPerIteration = 100
    @Setting("Steps in an update", 1...1_000_000, source: "small; " + paper + " has 32")
    public var batchSize = 128
    @Setting(
      "Observations that are kept, one more than steps for each episode; one takes 4 bytes for each of its numbers, and 4 more",
      2...100_000_000, source: paper)
    public var replayCapacity = 1_000_000
    @Setting("Discount of rewards", 0...1, symbol: "γ", source: paper)
    public var discount = 0.99
    @Setting(
      "Updates between copies to the target network", 1...1_000_000, symbol: "C",
      source: "small; " + paper + " has 10000")
    public var updatesPerTarget = 100
    @Setting("Size of a step of Adam", above: 0, through: 10, source: "our choice; " + paper + " has RMSProp")
    public var stepSize = 1e-3
    @Setting(
      "Longest gradient that Adam is given", above: 0, through: 1e6, source: "Wang et al. 2016, arXiv:1511.06581")
    public var gradientLength = 10.0
    @Setting("The reward channel that the policy is trained on", source: "the family's reported channel")
    public var trainingReward = RewardChoice.reported

    public init() {}

    private static let paper = "Mnih et al. 2015"
  }
}
