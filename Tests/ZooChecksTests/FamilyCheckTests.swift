import MetaRL
import StandardZoo
import Synchronization
import Tensors
import Testing
import Zoo
import ZooChecks

enum FamilyFault: Sendable {
  case none, wrongShape, observationNotFinite, rewardNotFinite, wrongLaneCount, badName, oracleBelowRandom
  case anotherTaskEachTime, sharedSplits, raggedDescriptors, ownChance, lanesTouch, doesNotReset
  case endsAtTheHorizon, wrongHash, wrongRandomReturn, fewBayesOptimalReturns, bayesOptimumAboveOracle
}

private let count = Atomic(0)

/// A line on which choice 1 may end the episode, or does wrong what it is told to.
struct FaultyFamily: TaskFamily {
  struct TaskParameters: Codable, Sendable {
    var pay: Float
  }

  var fault = FamilyFault.none

  var card: FamilyCard {
    FamilyCard(
      name: fault == .badName ? "Bad Name" : "line", version: 1, summary: "A line.", source: "made up",
      episodesPerLifetime: 3,
      // Three steps of a mean of 1/2; the anchor of the fault is another.
      random: .init(
        fault == .wrongRandomReturn ? 1.7 : fault == .oracleBelowRandom ? 9 : 1.5, computation: "exact"),
      oracle: .init(3, computation: "exact"), bayesOptimal: .init(bayesOptimalReturns, computation: "exact"),
      trajectoryHash: fault == .wrongHash ? "0" : Self.hash)
  }

  private var bayesOptimalReturns: [Double] {
    switch fault {
    case .fewBayesOptimalReturns: [2, 3]
    case .bayesOptimumAboveOracle: [2, 3, 4.1]
    default: [2, 3, 3]
    }
  }

  static let hash = "b41c755986069b8d"

  var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 2, actionSpace: .discrete(count: 2), horizon: 3)
  }

  func task(_ id: TaskID) -> TaskParameters {
    switch fault {
    case .anotherTaskEachTime: return TaskParameters(pay: Float(count.wrappingAdd(1, ordering: .relaxed).newValue))
    case .sharedSplits: return TaskParameters(pay: Float(id.index) / 100)
    default:
      var random = id.random(family: "line")
      return TaskParameters(pay: Float(random.uniform()))
    }
  }

  func descriptor(of task: TaskParameters) -> [Float] {
    Array(repeating: task.pay, count: fault == .raggedDescriptors && task.pay < 0.5 ? 2 : 1)
  }

  func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(fault: fault, pays: tasks.map(\.pay)) }

  struct Lanes: Environment {
    let fault: FamilyFault
    let pays: [Float]
    var step = 0
    var noise: [Float] = []

    var laneCount: Int { fault == .wrongLaneCount ? pays.count + 1 : pays.count }

    private var observations: Tensor {
      var values = pays.indices.flatMap { [noise[$0], fault == .doesNotReset ? Float(step) : 0] }
      if fault == .observationNotFinite { values[0] = .infinity }
      return fault == .wrongShape
        ? Tensor(values, shape: [pays.count * 2, 1]) : Tensor(values, shape: [pays.count, 2])
    }

    mutating func reset(using random: inout LaneRandom) -> Tensor {
      if fault != .doesNotReset { step = 0 }
      noise = random.uniforms(perLane: 1)
      return observations
    }

    mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      step += 1
      let chances = random.uniforms(perLane: 1)
      var rewards = pays.indices.map { chances[$0] < pays[$0] ? Float(1) : 0 }
      if fault == .rewardNotFinite { rewards[pays.count - 1] = .nan }
      if fault == .ownChance { rewards[0] = Float(count.wrappingAdd(1, ordering: .relaxed).newValue % 5) }
      if fault == .lanesTouch { rewards = rewards.map { $0 + rewards.reduce(0, +) } }
      let isOver = fault == .endsAtTheHorizon && step == 3
      return StepOutcome(
        observations: observations, rewards: Rewards(rewards), terminated: pays.map { _ in isOver })
    }
  }
}

/// Expects that a command line of the standard catalog does what it is asked for.
func expectPassed(_ words: [String], sourceLocation: SourceLocation = #_sourceLocation) {
  let (output, errors) = (CapturedText(), CapturedText())
  let code = Catalog.standard.run(words, output: output, errors: errors)
  #expect(code == 0, "\(output.text)\(errors.text)", sourceLocation: sourceLocation)
}

/// That the checks of families find what is wrong, and nothing else.
@Suite struct FamilyCheckTests {
  @Test func nothingIsWrongWithAFamilyThatKeepsItsPromises() {
    #expect(problems(with: FaultyFamily()) == [])
  }

  @Test(arguments: [
    (
      FamilyFault.wrongShape,
      "shapes and finite numbers are those of the spec: reset returns observations of shape [2, 1]"
    ),
    (.observationNotFinite, "shapes and finite numbers are those of the spec: reset returns an observation"),
    (.rewardNotFinite, "shapes and finite numbers are those of the spec: step 0 returns a reward"),
    (.wrongLaneCount, "shapes and finite numbers are those of the spec: an environment of 1 tasks has 2 lanes"),
    (.badName, "the card is filled in: the name \"Bad Name\""),
    (.oracleBelowRandom, "the card is filled in: the oracle's return"),
    (.anotherTaskEachTime, "one name is one task: train task 0"),
    (.sharedSplits, "splits share no tasks, unless they are few: train and validation"),
    (.raggedDescriptors, "descriptors have one length: descriptors have 1, 2 numbers"),
    (.ownChance, "same streams, same episodes: lane 0"),
    (.lanesTouch, "lanes never touch: lane 0, episode 1 scores"),
    (.doesNotReset, "an episode owes nothing to the one before: lane 0, episode 1 is one thing"),
    (.endsAtTheHorizon, "the horizon is not termination: every one of 240 episodes"),
    (.wrongHash, "the trajectory matches the card: it is \""),
    (.fewBayesOptimalReturns, "the card is filled in: bayesOptimal has 2 returns, and lifetimes have 3 episodes"),
    (.bayesOptimumAboveOracle, "the card is filled in: the Bayes-optimal return, 3.03"),
    (.wrongRandomReturn, "acting at random earns what the card says: it earns 1.5"),
  ]) func everyFaultIsFoundByItsCheck(fault: FamilyFault, beginning: String) {
    let problems = problems(with: FaultyFamily(fault: fault))
    #expect(problems.contains { $0.hasPrefix(beginning) }, "\(problems)")
  }

  @Test(arguments: Catalog.standard.families.map(\.card.name)) func familiesOfTheCatalogKeepTheirPromises(
    name: String
  ) {
    expectPassed(["check", "family", name])
  }
}
