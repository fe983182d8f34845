import Environments
import MetaRL
import StandardZoo
import Tensors
import Zoo

/// A bandit player that pulls the best arm seen so far, and now and then another.
struct BestArm: MetaLearner {
  enum Optimism: String, Codable, CaseIterable { case none, high }

  struct Configuration: LearnerConfiguration {
    @Setting("share of pulls at random", 0...1, symbol: "ε", source: "made up")
    var exploration = 0.2
    @Setting("tasks in an iteration", 1...100, source: "made up")
    var tasksPerBatch = 4
    @Setting("nothing at all", each: 1...64, count: 1...3, source: "made up")
    var hiddenSizes = [8, 8]
    @Setting("how new arms are judged", source: "made up")
    var optimism = Optimism.none
    @Setting("whether it never explores", source: "made up")
    var isGreedy = false
    @Setting("where a metric is not a number", -1...1000, source: "made up")
    var spoiledIteration = -1
    @Setting("where it throws", -1...1000, source: "made up")
    var failingIteration = -1
    @Setting("updates of an iteration", 0...1000, source: "made up")
    var loggedUpdates = 0
    @Setting("a channel", source: "made up")
    var trainingReward = RewardChoice.reported
  }

  let configuration: Configuration
  let armCount: Int
  var state = 0

  init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard case .discrete(let count) = spec.actionSpace else { throw UnsupportedFamilyError("it needs choices") }
    self.configuration = configuration
    armCount = count
  }

  mutating func metaTrain(_ session: inout TrainingSession) throws {
    if state == configuration.failingIteration { throw TrainingError("told to fail in \(state)") }
    let tasks = session.sampleTasks(configuration.tasksPerBatch)
    let learner = self
    let played = try session.play(on: tasks, episodes: 5, phase: "all") { _, random in
      learner.makeAgent(using: random)
    }
    let total = played.joined().reduce(0) { $0 + $1.totalReward }
    session.log("return", state == configuration.spoiledIteration ? .nan : total / Double(tasks.count * 5))
    if configuration.loggedUpdates > 0 { session.log("updates", Double(configuration.loggedUpdates)) }
    state += 1
  }

  func canContinue(from state: Int) -> Bool { state >= 0 }

  func makeAgent(using random: LaneRandom) -> PerLane<Player> {
    let player = Player(
      exploration: configuration.isGreedy ? 0 : configuration.exploration,
      sums: Array(repeating: 0.5, count: armCount), counts: Array(repeating: 1, count: armCount))
    return PerLane(Array(repeating: player, count: random.count))
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

/// Stores a property that is no setting, and has a default out of range.
struct Undeclared: LearnerConfiguration {
  var secret = 1
  @Setting("is out of range", 0...1, source: "made up") var share = 2.0
}

/// Bandits that say they depend on a release of an engine.
struct BanditsOfEngine: TaskFamily {
  let release: String
  private let bandits = BernoulliBandit()

  init(release: String) { self.release = release }

  var card: FamilyCard {
    var card = bandits.card
    card.software = [SoftwareVersion(name: "engine", version: release)]
    return card
  }
  var spec: EnvironmentSpec { bandits.spec }
  func task(_ id: TaskID) -> BernoulliBandit.TaskParameters { bandits.task(id) }
  func descriptor(of task: BernoulliBandit.TaskParameters) -> [Float] { bandits.descriptor(of: task) }
  func makeEnvironment(_ tasks: [BernoulliBandit.TaskParameters]) -> BernoulliBandit.Lanes {
    bandits.makeEnvironment(tasks)
  }
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
  }

  init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
    guard spec.observationSize == 4 else {
      throw UnsupportedFamilyError("it needs 4 numbers to see, not \(spec.observationSize)")
    }
  }

  mutating func metaTrain(_ session: inout TrainingSession) {}

  func makeAgent(using random: LaneRandom) -> Still { Still() }

  struct Still: Agent {
    mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
      .continuous(Tensor(repeating: 0, shape: [random.count, 2]))
    }
  }
}

extension Catalog {
  /// The standard catalog with the example of a learner, which has no code for checkpoints.
  static var withExample: Catalog {
    var catalog = Catalog.standard
    catalog.add("mine", Mine.self, card: LearnerCard(summary: "The example of a learner.", adaptsBy: "a step"))
    return catalog
  }
}
