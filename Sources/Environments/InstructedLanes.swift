import MetaRL
import Tensors

/// The choices in the grids of DREAM (arXiv:2008.02790); in each of the grids, some have no effect.
enum GridChoice: Int, Sendable, CaseIterable {
  case left, up, right, down, stay, rideBus, endEpisode, pickUp, drop

  /// The cell after this choice, of which the first four move the agent.
  func cell(from cell: Int, in grid: SquareGrid) -> Int {
    let moves: [GridChoice: Int] = [.up: 1, .right: 2, .down: 3, .left: 4]
    return grid.cell(after: moves[self] ?? 0, from: cell)
  }
}

/// A task whose episodes have instructions: the instruction decides what is rewarded, and the task how to earn it.
protocol InstructedTask: Sendable {
  associatedtype State: Sendable
  associatedtype Instruction: Sendable

  /// The state at the start of an episode.
  var start: State { get }
  /// Draws the instruction of an episode.
  func instruction(using random: inout RandomStream) -> Instruction
  /// The state after a choice.
  func state(after choice: GridChoice, from state: State) -> State
  /// The reward of a choice that has led to a state, which remembers how far the instruction has been followed.
  func reward(of choice: GridChoice, in state: inout State, following instruction: Instruction) -> (
    value: Double, isLast: Bool
  )
  /// What is seen of a state.
  func observation(of state: State) -> [Float]
  /// The instruction as numbers.
  static func shown(_ instruction: Instruction) -> [Float]
  /// The count of these numbers; they are 0 if there is no instruction.
  static var instructionSize: Int { get }
}

/// Lifetimes of which the first episode explores: it shows no instruction, and its rewards are 0.
///
/// All later episodes show an instruction, drawn at their start, and are rewarded. Observations are those of the state, then 1 in
/// the first episode and else 0, then the instruction.
struct InstructedLanes<Task: InstructedTask>: Environment {
  let tasks: [Task]
  private var states: [Task.State]
  /// The instruction in each lane; none in the first episode.
  private var instructions: [Task.Instruction?]
  private var startedEpisodes = 0
  private var time = 0

  init(_ tasks: [Task]) {
    self.tasks = tasks
    states = tasks.map(\.start)
    instructions = tasks.map { _ in nil }
  }

  var laneCount: Int { tasks.count }

  private var isExploring: Bool { startedEpisodes == 1 }

  private var observations: Tensor {
    let none = [Float](repeating: 0, count: Task.instructionSize)
    let rows = tasks.indices.map { lane in
      tasks[lane].observation(of: states[lane]) + [isExploring ? 1 : 0]
        + (instructions[lane].map(Task.shown) ?? none)
    }
    return Tensor(rows.flatMap { $0 }, shape: [rows.count, (rows.first ?? []).count])
  }

  mutating func reset(using random: inout LaneRandom) -> Tensor {
    startedEpisodes += 1
    time = 0
    for (lane, task) in tasks.enumerated() {
      states[lane] = task.start
      if !isExploring { instructions[lane] = task.instruction(using: &random[lane]) }
    }
    return observations
  }

  mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
    let choices = actions.choices(lanes: laneCount, count: GridChoice.allCases.count)
    time += 1
    var rewards = [Float](repeating: 0, count: laneCount)
    var succeeded = [Bool](repeating: false, count: laneCount)
    for (lane, task) in tasks.enumerated() {
      let choice = GridChoice.allCases[choices[lane]]
      states[lane] = task.state(after: choice, from: states[lane])
      guard let instruction = instructions[lane] else { continue }
      let reward = task.reward(of: choice, in: &states[lane], following: instruction)
      // Ending an episode early costs as much as waiting for its end.
      let unplayed = choice == .endEpisode ? InstructedEpisodes.horizon - time : 0
      rewards[lane] = Float(reward.value + InstructedEpisodes.stepReward * Double(unplayed))
      succeeded[lane] = reward.isLast
    }
    return StepOutcome(
      observations: observations, rewards: Rewards(rewards),
      terminated: zip(choices, succeeded).map { $0 == GridChoice.endEpisode.rawValue || $1 }, succeeded: succeeded)
  }
}

/// The constants of all episodes with instructions.
enum InstructedEpisodes {
  static let horizon = 20
  /// The reward of a step that brings the agent no further.
  static let stepReward = -0.1
  /// One that explores, and one that follows an instruction.
  static let perLifetime = 2

  /// The spec of observations with a given count of numbers.
  static func spec(observationSize: Int) -> EnvironmentSpec {
    EnvironmentSpec(
      observationSize: observationSize, actionSpace: .discrete(count: GridChoice.allCases.count), horizon: horizon)
  }
}
