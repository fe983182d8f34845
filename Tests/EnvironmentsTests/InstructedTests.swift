import Environments
import MetaRL
import Tensors
import Testing

// The choices of the grids.
private let (left, up, right, down, stay, ride, end, pickUp, drop) = (0, 1, 2, 3, 4, 5, 6, 7, 8)

/// A game of one episode as tables over all states that can be reached.
private struct GameTable {
  /// The next state, none at the end, and the reward: `[state][choice]`, without the choice to end the episode.
  private var results: [[(next: Int?, reward: Double)]] = []

  init<State: Hashable>(start: State, _ step: (State, _ choice: Int) -> (next: State?, reward: Double)) {
    var (states, numbers) = ([start], [start: 0])
    while results.count < states.count {
      let state = states[results.count]
      results.append(
        (0..<9).filter { $0 != end }.map { choice in
          let (next, reward) = step(state, choice)
          let number = next.map { next in
            if let number = numbers[next] { return number }
            states.append(next)
            numbers[next] = states.count - 1
            return states.count - 1
          }
          return (number, reward)
        })
    }
  }

  /// The expected return of an episode, if `choose` makes one value of those of the nine choices.
  private func value(_ choose: ([Double]) -> Double) -> Double {
    var values = [Double](repeating: 0, count: results.count)
    for left in 1...20 {
      values = results.map { choices in
        choose(choices.map { $0.reward + ($0.next.map { values[$0] } ?? 0) } + [-0.1 * Double(left)])
      }
    }
    return values[0]
  }

  var random: Double { value { $0.reduce(0, +) / 9 } }
  var optimal: Double { value { $0.max() ?? .nan } }
}

private struct Spot: Hashable {
  var x: Int
  var y: Int

  init(_ x: Int, _ y: Int) { (self.x, self.y) = (x, y) }

  func moved(_ choice: Int, side: Int) -> Spot {
    let (dx, dy) = choice < 4 ? [(-1, 0), (0, 1), (1, 0), (0, -1)][choice] : (0, 0)
    return Spot(max(0, min(side - 1, x + dx)), max(0, min(side - 1, y + dy)))
  }
}

/// The city in coordinates, with the buses of a task.
private struct CityModel {
  static let near = [Spot(4, 5), Spot(5, 4), Spot(3, 4), Spot(4, 3)]
  static let far = [Spot(0, 1), Spot(0, 7), Spot(8, 1), Spot(8, 7)]
  static let corners = [Spot(0, 0), Spot(8, 8), Spot(0, 8), Spot(8, 0)]
  static let start = Spot(4, 4)

  var rides: [Spot: Spot] = [:]
  var destinations: [Spot]

  init(_ task: BusCity.TaskParameters) {
    destinations = task.destinations.map { Self.far[$0] }
    let useless = task.uselessDestinations.map { [Spot(0, 4), Spot(4, 0), Spot(8, 4), Spot(4, 8)][$0] }
    let pairs =
      Array(zip(Self.near, destinations)) + zip([Spot(5, 5), Spot(3, 3), Spot(3, 5), Spot(5, 3)], useless)
    for (stop, other) in pairs { (rides[stop], rides[other]) = (other, stop) }
  }

  func step(_ spot: Spot, _ choice: Int, to corner: Spot) -> (next: Spot?, reward: Double) {
    let next = choice == ride ? rides[spot] ?? spot : spot.moved(choice, side: 9)
    return next == corner ? (nil, 1) : (next, -0.1)
  }

  func table(to corner: Spot) -> GameTable {
    GameTable(start: Self.start) { step($0, $1, to: corner) }
  }
}

/// What an agent sees of the city: where it is, and the number of the task, on the map.
private struct PlaceInCity: Hashable {
  var spot: Spot
  var map: Int?
}

/// A kitchen with the ingredients of its drawers, from the lowest, and a recipe.
private struct KitchenModel {
  struct State: Hashable {
    var spot = Spot(1, 1)
    var held: Int?
    var bowl: [Int] = []
    var stage = 0
  }

  let ingredients: [Int]
  let recipe: [Int]

  func step(_ state: State, _ choice: Int) -> (next: State?, reward: Double) {
    var next = state
    next.spot = state.spot.moved(choice, side: 3)
    let isAtBowl = next.spot == Spot(1, 1)
    if choice == pickUp, next.spot.x == 2 { next.held = ingredients[next.spot.y] }
    if choice == pickUp, isAtBowl { next.held = nil }
    if choice == drop {
      if let held = next.held, isAtBowl, next.bowl.count < 3 { next.bowl.append(held) }
      next.held = nil
    }
    let wanted = recipe[state.stage < 2 ? 0 : 1]
    switch state.stage {
    case 0, 2:
      if next.held == wanted {
        next.stage += 1
        return (next, 0.25)
      }
      return (next, choice == pickUp ? -0.35 : -0.1)
    case 1 where next.bowl.first == recipe[0]:
      next.stage = 2
      return (next, 0.25)
    case 3 where Array(next.bowl.prefix(2)) == recipe: return (nil, 0.25)
    default:
      if next.held == wanted { return (next, -0.1) }
      next.stage -= 1
      return (next, -0.35)
    }
  }

  var table: GameTable { GameTable(start: State()) { step($0, $1) } }

  /// The tables of all recipes of a kitchen, each drawn with the same probability.
  static func tables(_ ingredients: [Int]) -> [GameTable] {
    ingredients.flatMap { first in
      ingredients.map { KitchenModel(ingredients: ingredients, recipe: [first, $0]).table }
    }
  }
}

private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

private func place(ofOneIn numbers: ArraySlice<Float>) -> Int? {
  numbers.firstIndex(of: 1).map { $0 - numbers.startIndex }
}

extension TaskFamily {
  fileprivate func tasks(_ split: TaskID.Split = .test) -> [TaskParameters] {
    (0..<(taskCount(in: split) ?? 0)).map { task(TaskID(split, $0)) }
  }

  /// The returns of each episode of random lifetimes, `[episode]`, over tasks in turn.
  fileprivate func randomReturns(lifetimes: Int, episodes: Int) throws -> [Estimate] {
    let all = tasks()
    var environment = makeEnvironment((0..<lifetimes).map { all[$0 % all.count] })
    var agent = randomAgent(for: spec)
    let lanes = try rollout(
      &agent, in: &environment, episodes: 0..<episodes, spec: spec, lifetime: LaneRandom(seed: 4, lanes: lifetimes))
    return (0..<episodes).map { episode in Estimate(lanes.map { $0[episode].totalReward }) }
  }
}

/// The cities with buses, the kitchen, and the test of paid looks.
@Suite struct InstructedTests {
  private let plain = BusCity()

  @Test func theFirstEpisodeExploresAndPaysNothing() throws {
    var stage = try Stage(plain, [.init(destinations: [0, 2, 1, 3])])
    func see(_ x: Int, _ y: Int, isStop: Bool = false) -> [Float] {
      [x, y].flatMap { place in (0..<9).map { $0 == place ? 1 : 0 } } + [isStop ? 1 : 0, 1, 0, 0, 0, 0]
    }
    #expect(stage.start.floats == see(4, 4))
    // Buses go both ways; a corner ends nothing and pays nothing.
    let walk: [(Int, Int, Int, Bool)] = [
      (ride, 4, 4, false), (up, 4, 5, true), (ride, 0, 1, true), (ride, 4, 5, true), (pickUp, 4, 5, true),
      (down, 4, 4, false), (right, 5, 4, true), (ride, 8, 1, true), (down, 8, 0, false), (down, 8, 0, false),
      (right, 8, 0, false), (stay, 8, 0, false), (ride, 8, 0, false), (drop, 8, 0, false),
    ]
    for (choice, x, y, isStop) in walk {
      let outcome = try stage.choose(choice)
      #expect(outcome.observations.floats == see(x, y, isStop: isStop))
      #expect(outcome.rewards.dense == [0] && outcome.rewards.sparse == [0])
      #expect(outcome.terminated == [false] && outcome.succeeded == [false])
    }
    let last = try stage.choose(end)
    #expect(last.rewards.dense == [0] && last.terminated == [true] && last.succeeded == [false])
  }

  @Test func laterEpisodesShowACornerThatPays() throws {
    for episode in 2...4 {
      var stage = try Stage(plain, [.init(destinations: [0, 1, 2, 3])], random: oneLane(seed: UInt64(episode)))
      var start = stage.start.floats
      for _ in 2...episode { start = try stage.reset().floats }
      let corner = try #require(place(ofOneIn: start[20...]))
      #expect(start[19] == 0 && start[20...].reduce(0, +) == 1)
      // Bus i leads to stop i; the corners next to the stops are 0, 2, 3 and 1.
      let bus = try #require([0, 2, 3, 1].firstIndex(of: corner))
      let steps = try [[up, right, left, down][bus], ride, CityModel.corners[corner].y == 0 ? down : up].map {
        try stage.choose($0)
      }
      #expect(steps.map { $0.rewards.dense[0] } == [-0.1, -0.1, 1])
      #expect(steps.map(\.terminated) == [[false], [false], [true]])
      #expect(steps.map(\.succeeded) == [[false], [false], [true]])
    }
    // Ending early costs as much as waiting.
    var stage = try Stage(plain, [.init(destinations: [0, 1, 2, 3])])
    _ = try stage.reset()
    let steps = try [stay, stay, stay, end].map { try stage.choose($0) }
    #expect(abs(steps.reduce(0) { $0 + Double($1.rewards.dense[0]) } + 2) < 1e-6)
    #expect(steps.map(\.terminated) == [[false], [false], [false], [true]])
  }

  @Test func theMapShowsThePermutation() throws {
    let family = BusCity(.map)
    let shown = try family.tasks().map { task in
      var stage = try Stage(family, [task])
      let steps = try [right, right, right, down, down].map { try stage.choose($0).observations.floats }
      for (number, step) in steps.enumerated() { #expect(step[19..<43].reduce(0, +) == (number == 3 ? 1 : 0)) }
      return steps[3]
    }
    #expect(Set(shown).count == 24)
  }

  /// Plays random choices, but for that to end, in episodes with instructions of all test tasks, against a model.
  private func compare<F: TaskFamily, State: Equatable>(
    _ family: F, start: State, instruction: Range<Int>, episodes: Int,
    observation: (State) -> [Float],
    step: (F.TaskParameters, _ instruction: ArraySlice<Float>, State, Int) -> (next: State?, reward: Double)
  ) throws {
    let tasks = family.tasks()
    var stage = try Stage(family, tasks)
    var random = RandomStream(seed: 6)
    var rewardCount = 0
    for _ in 0..<episodes {
      let instructions = try stage.reset().floatRows.map { $0[instruction] }
      var states = tasks.map { _ in State?.some(start) }
      for _ in 0..<20 {
        let choices = tasks.map { _ in [left, up, right, down, stay, ride, pickUp, drop][random.integer(below: 8)] }
        let outcome = try stage.choose(choices)
        for (lane, row) in outcome.observations.floatRows.enumerated() {
          guard let state = states[lane] else { continue }
          let (next, reward) = step(tasks[lane], instructions[lane], state, choices[lane])
          #expect(outcome.rewards.dense[lane] == Float(reward) && outcome.terminated[lane] == (next == nil))
          if let next { #expect(Array(row.prefix(observation(next).count)) == observation(next)) }
          if reward > 0 { rewardCount += 1 }
          states[lane] = next
        }
      }
    }
    #expect(rewardCount > 0)
  }

  @Test(arguments: BusCity.Variant.allCases) func citiesAreThoseOfTheModel(variant: BusCity.Variant) throws {
    let family = BusCity(variant)
    let size = family.spec.observationSize
    try compare(family, start: CityModel.start, instruction: size - 4..<size, episodes: 20) { spot in
      [spot.x, spot.y].flatMap { place in (0..<9).map { $0 == place ? 1 : 0 } }
    } step: { task, instruction, spot, choice in
      CityModel(task).step(spot, choice, to: CityModel.corners[place(ofOneIn: instruction) ?? 0])
    }
  }

  private func ingredient(_ numbers: ArraySlice<Float>) -> Int { place(ofOneIn: numbers) ?? -1 }

  @Test func kitchensAreThoseOfTheModel() throws {
    #expect(Cooking().spec.observationSize == 31)
    var stages: Set<Int> = []
    try compare(Cooking(), start: KitchenModel.State(), instruction: 23..<31, episodes: 300) { state in
      let items: [Int?] = [state.held] + (0..<3).map { $0 < state.bowl.count ? state.bowl[$0] : nil }
      var numbers: [Float] = []
      for place in [state.spot.x, state.spot.y] { numbers += (0..<3).map { $0 == place ? 1 : 0 } }
      for item in items { numbers += (0..<4).map { $0 == item ? 1 : 0 } }
      return numbers + [0]
    } step: { task, instruction, state, choice in
      let recipe = [ingredient(instruction.prefix(4)), ingredient(instruction.dropFirst(4))]
      #expect(recipe.allSatisfy(task.ingredients.contains))
      stages.insert(state.stage)
      return KitchenModel(ingredients: task.ingredients, recipe: recipe).step(state, choice)
    }
    #expect(stages == [0, 1, 2, 3])
  }

  @Test("With the buses known, 0.8 is the best return, in every task and to every corner")
  func knownBuses() {
    for variant in BusCity.Variant.allCases {
      let family = BusCity(variant)
      let tasks = family.tasks()
      // Useless buses are of no use: of their tasks a few will do.
      for task in variant == .distracting ? Array(tasks.prefix(30)) : tasks {
        for corner in CityModel.corners {
          #expect(abs(CityModel(task).table(to: corner).optimal - family.card.oracle.value) < 1e-12)
        }
      }
    }
  }

  @Test(arguments: BusCity.Variant.allCases) func randomReturnsOfCities(variant: BusCity.Variant) throws {
    let family = BusCity(variant)
    let exact = mean(
      family.tasks().flatMap { task in CityModel.corners.map { CityModel(task).table(to: $0).random } })
    #expect(abs(exact - family.card.random.value) < 1e-12, "\(exact)")
    let played = try family.randomReturns(lifetimes: 20_000, episodes: 3)
    #expect(played[0].mean == 0 && played[0].standardError == 0)
    for estimate in played[1...] { #expect(estimate.agrees(with: family.card.random), "\(estimate)") }
  }

  @Test("Without exploration, no agent that does not know the buses earns more than 0.3, by walking")
  func unknownBuses() {
    let permutations = BusCity().tasks().map(\.destinations)
    #expect(Set(permutations).count == 24)
    func plan(to corner: Spot, hasMap: Bool = false, useless: [Int] = []) -> Double {
      let cities = permutations.map { CityModel(.init(destinations: $0, uselessDestinations: useless)) }
      let start: PlaceInCity? = PlaceInCity(spot: CityModel.start)
      return BeliefPlan(
        tasks: Array(cities.enumerated()), start: start, choices: 6, horizon: 20, episodes: 1
      ) { place, choice, task in
        guard let place else { return (nil, 0) }
        let (next, reward) = task.element.step(place.spot, choice, to: corner)
        return (next.map { .init(spot: $0, map: hasMap && $0 == Spot(7, 3) ? task.offset : nil) }, reward)
      }.returns[0]
    }
    for corner in CityModel.corners {
      #expect(abs(plan(to: corner) - 0.3) < 1e-12)
      #expect(abs(plan(to: corner, hasMap: true) - 0.3) < 1e-12)
    }
    // Useless buses are of a little use to an agent that knows them, and them alone: two steps, a ride and four steps.
    for number in [0, 1, 11] {
      #expect(abs(plan(to: CityModel.corners[0], useless: permutations[number]) - 0.4) < 1e-12)
    }
  }

  /// How many of the tasks an exploring agent can tell apart by what it sees.
  private func toldApart<F: TaskFamily>(
    _ family: F, _ tasks: [F.TaskParameters], by choices: [Int]
  ) throws -> Int {
    var stage = try Stage(family, tasks)
    var rows = tasks.map { _ in [Float]() }
    for choice in choices {
      for (lane, row) in try stage.choose(choice).observations.floatRows.enumerated() { rows[lane] += row }
    }
    return Set(rows).count
  }

  @Test("A first episode has room for all that matters, so that what is known before the second is the task")
  func exploration() throws {
    // Three rides tell the fourth.
    let rides = [up, ride, ride, right, down, ride, ride, down, left, ride]
    #expect(try toldApart(plain, plain.tasks(), by: rides) == 24)
    #expect(try toldApart(plain, plain.tasks(), by: rides.dropLast()) == 12)
    let city = BusCity(.distracting)
    let permutations = plain.tasks().map(\.destinations)
    let tasks = permutations.map { BusCity.TaskParameters(destinations: $0, uselessDestinations: permutations[5]) }
    #expect(try toldApart(city, tasks, by: rides) == 24)
    let map = BusCity(.map)
    #expect(try toldApart(map, map.tasks(), by: [right, right, right, down]) == 24)
    // Three drawers.
    let kitchens = TaskID.Split.allCases.flatMap { Cooking().tasks($0) }
    #expect(kitchens.count == 64)
    #expect(try toldApart(Cooking(), kitchens, by: [right, pickUp, up, pickUp, down, down, pickUp]) == 64)
    for family in BusCity.Variant.allCases.map({ BusCity($0).card }) + [Cooking().card] {
      #expect(family.bayesOptimal?.returns == [0, family.oracle.value])
    }
  }

  @Test func whoRidesKnownBusesEarnsTheOracleReturn() throws {
    for variant in BusCity.Variant.allCases {
      let family = BusCity(variant)
      let tasks = family.tasks()
      var environment = family.makeEnvironment(tasks)
      var agent = Controller(tasks: tasks) { task, observation in
        guard let corner = place(ofOneIn: observation[(observation.count - 4)...]).map({ CityModel.corners[$0] })
        else { return .discrete(stay) }
        let spot = Spot(place(ofOneIn: observation[..<9]) ?? 0, place(ofOneIn: observation[9..<18]) ?? 0)
        if spot == CityModel.start {
          let bus = CityModel(task).destinations.firstIndex { $0.x == corner.x && abs($0.y - corner.y) == 1 }
          return .discrete([up, right, left, down][bus ?? 0])
        }
        return .discrete(CityModel.near.contains(spot) ? ride : spot.y > corner.y ? down : up)
      }
      let lifetime = LaneRandom(seed: 1, lanes: tasks.count)
      let lanes = try rollout(&agent, in: &environment, episodes: 0..<3, spec: family.spec, lifetime: lifetime)
      for episodes in lanes {
        #expect(episodes[0].totalReward == 0 && episodes[0].stepCount == 20)
        for episode in episodes[1...] {
          #expect(abs(episode.totalReward - 0.8) < 1e-6 && episode.succeeded == true && episode.terminated)
        }
      }
    }
  }

  @Test func splitsOfTasks() {
    #expect(TaskID.Split.allCases.map { BusCity(.distracting).taskCount(in: $0) } == [54, 261, 261])
    #expect(TaskID.Split.allCases.map { Cooking().taskCount(in: $0) } == [48, 8, 8])
    let city = BusCity(.distracting)
    #expect(Set(TaskID.Split.allCases.flatMap { city.tasks($0) }).count == 576)
    // Every bus leads to every stop in some task of training.
    for bus in 0..<4 { #expect(Set(city.tasks(.train).map { $0.destinations[bus] }).count == 4) }
  }

  @Test func returnsInKitchens() throws {
    func ingredients(_ number: Int) -> [Int] { [number % 4, number / 4 % 4, number / 16] }
    // The published test kitchen, and all.
    #expect(abs(mean(KitchenModel.tables(ingredients(10)).map(\.optimal)) - 7.0 / 15) < 1e-12)
    let all = (0..<64).flatMap { KitchenModel.tables(ingredients($0)) }
    #expect(abs(mean(all.map(\.optimal)) - 0.4) < 1e-12)
    #expect(Set(all.map { Int(($0.optimal * 1000).rounded()) }) == [200, 400, 600])
    #expect(abs(mean(all.map(\.random)) + 2.1751160254813375) < 1e-12)
    let (family, tested) = (Cooking(), Cooking().tasks().flatMap { KitchenModel.tables($0.ingredients) })
    let (random, known) = (mean(tested.map(\.random)), mean(tested.map(\.optimal)))
    #expect(abs(random - family.card.random.value) < 1e-12, "\(random)")
    #expect(abs(known - family.card.oracle.value) < 1e-12, "\(known)")
    let played = try family.randomReturns(lifetimes: 20_000, episodes: 3)
    #expect(played[0].mean == 0 && played[0].standardError == 0)
    for estimate in played[1...] { #expect(estimate.agrees(with: family.card.random), "\(estimate)") }
  }

  @Test func whoKnowsTheKitchenEarnsTheOracleReturn() throws {
    let family = Cooking()
    for task in family.tasks() {
      var stage = try Stage(family, [task])
      let row = try stage.reset().floats
      let recipe = [ingredient(row[23..<27]), ingredient(row[27...])]
      // The middle drawer is next to the bowl, the others are a step further.
      let choices = try recipe.flatMap { item -> [Int] in
        let drawer = try #require([1, 0, 2].first { task.ingredients[$0] == item })
        let way = drawer == 1 ? [] : [drawer == 0 ? down : up]
        let back = drawer == 1 ? [] : [drawer == 0 ? up : down]
        return [right] + way + [pickUp, left] + back + [drop]
      }
      let steps = try choices.map { try stage.choose($0) }
      let model = KitchenModel(ingredients: task.ingredients, recipe: recipe).table
      #expect(abs(steps.reduce(0) { $0 + Double($1.rewards.dense[0]) } - model.optimal) < 1e-6)
      #expect(steps.last?.terminated == [true] && steps.last?.succeeded == [true])
    }
  }

  @Test("Without exploration, the best cook that does not know the kitchen earns 0.0760417")
  func unknownKitchens() {
    /// Equally likely kitchens, given the recipe.
    func plan(_ kitchens: [[Int]], _ recipe: [Int]) -> Double {
      let choices = [left, up, right, down, pickUp, drop]
      return BeliefPlan(
        tasks: kitchens.map { KitchenModel(ingredients: $0, recipe: recipe) },
        start: KitchenModel.State?.some(.init()), choices: choices.count, horizon: 20, episodes: 1
      ) { state, choice, kitchen in state.map { kitchen.step($0, choices[choice]) } ?? (nil, 0) }.returns[0]
    }
    // Two ingredients are of two drawers; the third holds anything.
    let places = (0..<9).map { [$0 / 3, $0 % 3] }.filter { $0[0] != $0[1] }
    let different = places.flatMap { place in
      (0..<4).map { other in (0..<3).map { $0 == place[0] ? 0 : $0 == place[1] ? 1 : other } }
    }
    // Of one ingredient twice: a kitchen that has it n times gives this recipe in n² of 9 cases. All others, three in
    // number, are here one: there are 9, 3 and 1 kitchens of each kind, times 1, 4 and 9 cases.
    let same = (1..<8).flatMap { bits -> [[Int]] in
      let kitchen = (0..<3).map { bits >> $0 & 1 == 1 ? 0 : 1 }
      return [[Int]](repeating: kitchen, count: kitchen.count { $0 == 0 } == 2 ? 4 : 3)
    }
    // Two draws are of the same drawer in a third of the cases, or else of two that agree in a quarter.
    let (equal, unequal) = (plan(same, [0, 0]), plan(different, [0, 1]))
    #expect(abs(equal - 0.21875) < 1e-12 && abs(unequal + 1.0 / 15) < 1e-12)
    #expect(abs((equal + unequal) / 2 - 0.0760417) < 5e-8)
  }

  @Test func looksThatArePaidFor() throws {
    func lifetime(_ choices: (_ winner: Int) -> [Int]) throws -> [Double] {
      let returns = try (0..<2).map { index in
        var environment = PayToLook().makeEnvironment(for: [TaskID(.test, index)])
        var agent = Script(actions: choices(index + 1).map { .discrete([$0]) })
        let spec = PayToLook().spec
        let played = try rollout(&agent, in: &environment, episodes: 0..<3, spec: spec, lifetime: oneLane())
        for (number, episode) in played[0].enumerated() {
          #expect(episode.observations == (number == 0 ? [1, 0, 1, 0] : [0, 1, 0, 1]) && episode.terminated)
        }
        return played[0].map { $0.totalReward }
      }
      return (0..<3).map { episode in (returns[0][episode] + returns[1][episode]) / 2 }
    }
    func expect(_ returns: [Double], _ expected: [Double]) {
      for (value, stated) in zip(returns, expected) { #expect(abs(value - stated) < 1e-7, "\(returns)") }
    }
    // Who looks and remembers, who does not look, who knows, who is wrong, and who skips.
    expect(try lifetime { [1, $0, $0] }, [0, 1, 1])
    expect(try lifetime { _ in [0, 1, 2] }, [0.1, 0.5, 0.5])
    expect(try lifetime { [$0, $0, $0] }, [0.05, 1, 1])
    expect(try lifetime { [3 - $0, 3 - $0, 3 - $0] }, [-0.05, 0, 0])
    expect(try lifetime { _ in [0, 0, 0] }, [0.1, 0, 0])
    let card = PayToLook().card
    #expect(card.bayesOptimal?.returns == [0, 1] && card.oracle.value == 1)
    let played = try PayToLook().randomReturns(lifetimes: 20_000, episodes: 3)
    #expect(played[0].isNear(0.1 / 3))
    for estimate in played[1...] { #expect(estimate.agrees(with: card.random)) }
  }
}
