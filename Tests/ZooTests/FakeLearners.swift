import Environments
import MetaRL
import Tensors
import Zoo

/// A bandit player that pulls the best arm seen so far, and now and then another.
struct BestArm: MetaLearner {
  struct Configuration: LearnerConfiguration {
    var exploration = 0.2
    var tasksPerBatch = 4
    var hiddenSizes = [8, 8]
    var optimism = "none"
    var isGreedy = false
    /// The iteration whose metric is not a number; -1 for none.
    var spoiledIteration = -1
    /// Where it throws.
    var failingIteration = -1
    /// What it logs as updates of an iteration; 0 for nothing.
    var loggedUpdates = 0
    /// The channel that it would be trained on.
    var trainingReward = "reported"

    static let settings = [
      Setting("exploration", "share of pulls at random", .number(0...1), symbol: "ε", source: "made up"),
      Setting("tasksPerBatch", "tasks in an iteration", .integer(1...100), source: "made up"),
      Setting("hiddenSizes", "nothing at all", .integers(each: 1...64, count: 1...3), source: "made up"),
      Setting("optimism", "how new arms are judged", .choice(["none", "high"]), source: "made up"),
      Setting("isGreedy", "whether it never explores", .boolean, source: "made up"),
      Setting("spoiledIteration", "where a metric is not a number", .integer(-1...1000), source: "made up"),
      Setting("failingIteration", "where it throws", .integer(-1...1000), source: "made up"),
      Setting("loggedUpdates", "updates of an iteration", .integer(0...1000), source: "made up"),
      Setting("trainingReward", "a channel", .choice(["reported", "dense", "sparse"]), source: "made up"),
    ]
  }

  let configuration: Configuration
  let armCount: Int
  var iterations = 0

  init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .discrete(let count) = spec.actionSpace else { throw UnsupportedFamily("it needs choices") }
    self.configuration = configuration
    armCount = count
  }

  mutating func metaTrain(_ session: inout TrainingSession) throws {
    if iterations == configuration.failingIteration { throw TrainingFailure("told to fail in \(iterations)") }
    let tasks = session.sampleTasks(configuration.tasksPerBatch)
    let (learner, reward) = (self, session.spec.reportedReward)
    let played = try session.play(on: tasks, episodes: 5, phase: "all") { _, random in
      learner.makeAgent(mode: .training, using: random)
    }
    let total = played.joined().reduce(0) { $0 + $1.totalReward(reward) }
    session.log("return", iterations == configuration.spoiledIteration ? .nan : total / Double(tasks.count * 5))
    if configuration.loggedUpdates > 0 { session.log("updates", Double(configuration.loggedUpdates)) }
    iterations += 1
  }

  func makeAgent(mode: AgentMode, using random: LaneRandom) -> PerLane<Player> {
    let player = Player(
      exploration: configuration.isGreedy ? 0 : configuration.exploration,
      sums: Array(repeating: 0.5, count: armCount), counts: Array(repeating: 1, count: armCount))
    return PerLane(
      Array(repeating: player, count: random.count),
      for: EnvironmentSpec(observationSize: 1, actionSpace: .discrete(count: armCount), horizon: 1))
  }

  struct Player: LaneAgent {
    var exploration: Double
    var sums: [Double]
    var counts: [Double]

    mutating func act(on observation: [Float], using random: inout RandomStream) -> LaneAction {
      if random.uniform() < exploration { return .discrete(random.integer(below: sums.count)) }
      let means = zip(sums, counts).map { $0 / $1 }
      return .discrete(means.indices.max { means[$0] < means[$1] } ?? 0)
    }

    mutating func observe(_ transition: LaneTransition) {
      guard case .discrete(let arm) = transition.action else { return }
      sums[arm] += Double(transition.reward)
      counts[arm] += 1
    }
  }
}

/// Declares a setting that it does not store, stores one that it does not declare, and has a default out of range.
struct Undeclared: LearnerConfiguration {
  var secret = 1
  var share = 2.0

  static let settings = [
    Setting("ghost", "is not stored", .boolean, source: "made up"),
    Setting("share", "is out of range", .number(0...1), source: "made up"),
  ]
}

/// Bandits that say they depend on a release of an engine.
struct BanditsOfEngine: TaskFamily {
  let release: String
  private let bandits = BernoulliBandit()

  init(release: String) { self.release = release }

  var software: [SoftwareVersion] { [SoftwareVersion(name: "engine", version: release)] }
  var card: FamilyCard { bandits.card }
  var spec: EnvironmentSpec { bandits.spec }
  func task(_ id: TaskID) -> BernoulliBandit.Task { bandits.task(id) }
  func descriptor(of task: BernoulliBandit.Task) -> [Float] { bandits.descriptor(of: task) }
  func makeEnvironment(_ tasks: [BernoulliBandit.Task]) -> BernoulliBandit.Lanes { bandits.makeEnvironment(tasks) }
}

/// A catalog for tests; without bandits, as if they needed an engine that the program was built without, if so asked.
func testCatalog(hasBandits: Bool = true) -> Catalog {
  var catalog = Catalog()
  catalog.add("best-arm", BestArm.self, card: LearnerCard(summary: "Pulls the best arm.", adaptsBy: "counts"))
  catalog.add(
    "best-arm-twin", BestArm.self, card: LearnerCard(summary: "The same again.", adaptsBy: "counts"))
  catalog.add(
    "wanderer", BestArm.self,
    card: LearnerCard(role: .control, summary: "Explores only.", adaptsBy: "nothing", data: .none)
  ) { $0.exploration = 1 }
  if hasBandits {
    catalog.add(BernoulliBandit())
  } else {
    catalog.addAbsent([BernoulliBandit()], need: "an engine", commands: ["install engine"])
  }
  catalog.add(PointNavigation())
  catalog.defaultComparison = Suite(
    learners: ["best-arm", "wanderer"], families: ["bernoulli-bandit-5x10"], seeds: [0, 1, 2], steps: 100, tasks: 8)
  return catalog
}

/// Stands still, if it is shown four numbers.
struct Sighted: MetaLearner {
  struct Configuration: LearnerConfiguration {
    static let settings: [Setting] = []
  }

  init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard spec.observationSize == 4 else {
      throw UnsupportedFamily("it needs 4 numbers to see, not \(spec.observationSize)")
    }
  }

  mutating func metaTrain(_ session: inout TrainingSession) {}

  func makeAgent(mode: AgentMode, using random: LaneRandom) -> Still { Still() }

  struct Still: Agent {
    mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      .continuous(Tensor(repeating: 0, shape: [random.count, 2]))
    }
  }
}
