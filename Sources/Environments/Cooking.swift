import MetaRL
import Tensors

/// A kitchen with three drawers: what is in them is hidden, and a recipe names two ingredients in order.
///
/// The kitchen of Liu, Raghunathan, Liang & Finn (2021, arXiv:2008.02790, DREAM). An episode of 20 steps starts on the bowl, in
/// the middle of 3 by 3 cells; the drawers are the right column. The task is which of four ingredients each of them
/// holds. The first episode of a lifetime explores: nothing is rewarded, and ending it early costs nothing. Every later
/// episode has an instruction, two ingredients drawn from the drawers. There are four stages: to hold the first, to have
/// it in the bowl, to hold the second, to have it in the bowl, too. Each gives 0.25 and the last ends the episode.
/// Any other step costs 0.1, and ending the episode early as much as the steps that are left. Picking up anything
/// else and losing what was held cost 0.35; who has lost it is back at the stage before.
///
/// Hands hold one ingredient. Picking up in a place without a drawer empties them on the bowl, and elsewhere does nothing; what
/// is dropped on the bowl is in it, up to three ingredients, and elsewhere is lost. Drawers are never empty.
///
/// Departs from the authors' code: observations are one-hot, and do not say what kind of place a cell is; 48
/// kitchens are for training, where theirs are all but one, and 8 each for validation and test.
public struct Cooking: TaskFamily {
  /// One task.
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The ingredient in each drawer, from 0 to 3; the lowest drawer first.
    public let ingredients: [Int]

    /// A kitchen with the given ingredients.
    ///
    /// - Precondition: there are three, from 0 to 3.
    public init(ingredients: [Int]) {
      precondition(
        ingredients.count == Cooking.drawers.count
          && ingredients.allSatisfy { 0..<Cooking.ingredientCount ~= $0 },
        "\(ingredients) are not three ingredients")
      self.ingredients = ingredients
    }
  }

  static let grid = SquareGrid(side: 3)
  static let bowl = 4
  static let drawers = [2, 5, 8]
  static let ingredientCount = 4
  static let bowlSize = 3
  private static let kitchens = DealtTasks(64, training: 48, family: "cooking")

  /// The only family of its kind.
  public init() {}

  /// Nine choices: left, up, right, down, stay, one without effect, end the episode, pick up, drop; 20 steps.
  ///
  /// Observation: column and row; the ingredient that is held, and those in the bowl; 1 in the first episode of a lifetime; the
  /// two ingredients of the instruction, zeros in the first episode. All are one-hot; zeros mean none.
  public var spec: EnvironmentSpec {
    InstructedEpisodes.spec(
      observationSize: 2 * Self.grid.side + (1 + Self.bowlSize + 2) * Self.ingredientCount + 1)
  }

  /// Drawer i holds digit i of the kitchen's number, in base 4.
  public func task(_ id: TaskID) -> TaskParameters {
    let number = Self.kitchens.number(of: id)
    return TaskParameters(ingredients: [number % 4, number / 4 % 4, number / 16])
  }

  /// The ingredient in each drawer, one-hot.
  public func descriptor(of task: TaskParameters) -> [Float] {
    Self.oneHot(task.ingredients)
  }

  /// Ingredients, one-hot; zeros for none.
  static func oneHot(_ ingredients: [Int?]) -> [Float] {
    ingredients.flatMap { ingredient in (0..<ingredientCount).map { $0 == ingredient ? 1 : 0 } }
  }

  public func taskCount(in split: TaskID.Split) -> Int? { Self.kitchens.count(in: split) }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> some Environment {
    InstructedLanes(tasks.map { Kitchen(ingredients: $0.ingredients) })
  }
}

/// A task of the family.
private struct Kitchen: InstructedTask {
  struct State {
    var cell = Cooking.bowl
    /// The ingredient in the agent's hands.
    var held: Int?
    var bowl: [Int] = []
    /// The number of stages that the agent has passed.
    var stage = 0
  }

  let ingredients: [Int]

  var start: State { State() }

  func instruction(using random: inout RandomStream) -> [Int] {
    (0..<2).map { _ in ingredients[random.integer(below: ingredients.count)] }
  }

  func state(after choice: GridChoice, from state: State) -> State {
    var next = state
    switch choice {
    case .pickUp:
      if let drawer = Cooking.drawers.firstIndex(of: state.cell) { next.held = ingredients[drawer] }
      if state.cell == Cooking.bowl { next.held = nil }
    case .drop:
      if state.cell == Cooking.bowl, let held = state.held, state.bowl.count < Cooking.bowlSize {
        next.bowl.append(held)
      }
      next.held = nil
    default: next.cell = choice.cell(from: state.cell, in: Cooking.grid)
    }
    return next
  }

  func reward(of choice: GridChoice, in state: inout State, following recipe: [Int]) -> (
    value: Double, isLast: Bool
  ) {
    let (step, progress) = (InstructedEpisodes.stepReward, 0.25)
    let item = state.stage / 2
    let isHeld = state.held == recipe[item]
    if state.stage.isMultiple(of: 2) {
      guard isHeld else { return (choice == .pickUp ? step - progress : step, false) }
      state.stage += 1
      return (progress, false)
    }
    if state.bowl.prefix(item + 1) == recipe.prefix(item + 1) {
      // A lane that has ended stays in the last stage.
      guard item == 0 else { return (progress, true) }
      state.stage += 1
      return (progress, false)
    }
    guard !isHeld else { return (step, false) }
    state.stage -= 1
    return (step - progress, false)
  }

  func observation(of state: State) -> [Float] {
    let bowl = (0..<Cooking.bowlSize).map { $0 < state.bowl.count ? state.bowl[$0] : nil }
    return Cooking.grid.columnAndRow(of: state.cell) + Cooking.oneHot([state.held] + bowl)
  }

  static func shown(_ recipe: [Int]) -> [Float] { Cooking.oneHot(recipe) }

  static var instructionSize: Int { 2 * Cooking.ingredientCount }
}

extension Cooking {
  /// The family's card; its anchors are returns of an episode with an instruction.
  public var card: FamilyCard {
    let known = 5.0 / 12
    return FamilyCard(
      name: "cooking", version: 1,
      summary:
        "A recipe names two ingredients from drawers with hidden contents; episode 1 explores without reward, later "
        + "ones show a recipe; each of its four stages gives 0.25, a step costs 0.1.",
      source: "Liu et al. 2021, arXiv:2008.02790; the authors' code, with one-hot observations",
      episodesPerLifetime: InstructedEpisodes.perLifetime,
      random: .init(
        -2.174593722537283,
        computation:
          "exact: dynamic programming over an episode with a recipe, on the test tasks; -2.17512 over all"),
      oracle: .init(
        known,
        computation: "exact: dynamic programming over an episode with a recipe, on the test tasks; 0.4 over all"),
      bayesOptimal: .init([0, known], computation: "exact: the first episode is long enough to open all drawers"),
      trajectoryHash: "c24d39b15b25142c", episodesAreNumbered: true)
  }
}
