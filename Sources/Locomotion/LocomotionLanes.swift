import Environments
import MetaRL
import Tensors

/// Robots side by side.
///
/// A lane is its numbers: pose, velocity, and where the engine's solver starts from. They are loaded into the engine for
/// each step, so a copy of the lanes is a snapshot of them to the last bit, and no lane knows of another.
///
/// If a simulation becomes unstable, which the engine would hide by putting the robot back to where it started, the step
/// is worth nothing and ends the episode in families whose episodes can end; in others it is an error, since the end of
/// an episode would be a way out of their costs.
public struct LocomotionLanes: Environment {
  /// The reward of a step in one lane.
  typealias Rule = @Sendable (LocomotionStep) -> LocomotionReward

  private let robot: Robot
  private let parts: [ObservationPart]
  private let rules: [Rule]
  private let episodesEnd: Bool
  private let hasSuccess: Bool
  /// `[lane][motor]`: what an action is multiplied by before it is taken and paid for; nil if by 1.
  private let strengths: [[Double]]?
  private let observationSize: Int
  private var models: [CompiledModel] = []
  /// Of each lane whose model or simulation has failed, why.
  private var failures: [String?]
  private var simulation: Simulation?
  /// `[lane, number]`.
  private var states: [Double] = []
  private var stateSize = 0
  private var places: [(x: Double, y: Double)]
  private var observations: [Float]
  private var hasEnded: [Bool]

  /// Lanes of a robot.
  init(
    _ robot: Robot, observing parts: [ObservationPart], episodesEnd: Bool, hasSuccess: Bool = false,
    strengths: [[Double]]? = nil, models: ((CompiledModel) throws -> [CompiledModel])? = nil, rules: [Rule]
  ) {
    self.robot = robot
    self.parts = parts
    self.rules = rules
    self.episodesEnd = episodesEnd
    self.hasSuccess = hasSuccess
    self.strengths = strengths
    let count = rules.count
    observationSize = parts.reduce(0) { $0 + $1.count(robot) }
    failures = [String?](repeating: nil, count: count)
    places = Array(repeating: (0, 0), count: count)
    observations = [Float](repeating: 0, count: count * observationSize)
    hasEnded = [Bool](repeating: true, count: count)
    do {
      let model = try robot.compiled.get()
      self.models = try models?(model) ?? Array(repeating: model, count: count)
      stateSize = model.facts.stateSize
      states = [Double](repeating: 0, count: count * stateSize)
    } catch {
      failures = [String?](repeating: "\(error)", count: count)
    }
  }

  public var laneCount: Int { rules.count }

  /// Puts every robot near to where it starts.
  public mutating func reset(using random: inout LaneRandom) throws -> Tensor {
    let (nq, nv) = (robot.positionCount, robot.velocityCount)
    let positionNoise = Self.draw(robot.positionNoise, nq, &random)
    let velocityNoise = Self.draw(robot.velocityNoise, nv, &random)
    for lane in models.indices {
      failures[lane] = nil
      let mean = robot.startPositions ?? models[lane].facts.initialPositions
      let positions = (0..<nq).map { mean[$0] + positionNoise[lane * nq + $0] }
      start(lane, positions: positions, velocities: Array(velocityNoise[lane * nv..<(lane + 1) * nv]))
    }
    try checkFailures()
    return Tensor(observations, shape: [laneCount, observationSize])
  }

  /// Starts one lane from a given state; for comparisons with other implementations.
  package mutating func start(_ lane: Int, positions: [Double], velocities: [Double]) {
    guard models.indices.contains(lane) else { return }
    do {
      let simulation = try prepare(lane)
      guard
        try simulation.start(models[lane], positions: positions, velocities: velocities, extras: robot.extras)
      else { throw PhysicsError(description: "the start of an episode is beyond what MuJoCo computes with") }
      hasEnded[lane] = false
      places[lane] = place(simulation)
      keep(lane, simulation)
    } catch {
      fail(lane, error)
    }
  }

  /// Takes an action in every lane whose episode has not ended; the others stay as they are.
  public mutating func step(_ actions: Actions, using random: inout LaneRandom) throws -> StepOutcome {
    let size = robot.actionSize
    let values = actions.clipped(lanes: laneCount, size: size)
    var (dense, sparse) = ([Float](repeating: 0, count: laneCount), [Float](repeating: 0, count: laneCount))
    var succeeded = [Bool](repeating: false, count: hasSuccess ? laneCount : 0)
    for lane in 0..<laneCount where !hasEnded[lane] {
      do {
        var action = values[lane * size..<(lane + 1) * size].map { Double($0) }
        if let strengths { action = zip(action, strengths[lane]).map { $0 * $1 } }
        guard let reward = try step(lane, action) else { continue }
        (dense[lane], sparse[lane]) = (Float(reward.dense), Float(reward.sparse))
        if hasSuccess { succeeded[lane] = reward.succeeded }
      } catch {
        fail(lane, error)
      }
    }
    try checkFailures()
    return StepOutcome(
      observations: Tensor(observations, shape: [laneCount, observationSize]),
      rewards: Rewards(dense: dense, sparse: sparse), terminated: hasEnded, succeeded: succeeded)
  }

  private func checkFailures() throws {
    for (lane, failure) in failures.enumerated() {
      if let failure { throw PhysicsError(description: "lane \(lane): \(failure)") }
    }
  }

  /// The state of one lane: pose and velocity; for comparisons with other implementations.
  package func state(_ lane: Int) -> [Double] {
    Array(states.dropFirst(lane * stateSize).prefix(robot.positionCount + robot.velocityCount))
  }

  /// A step of one lane.
  ///
  /// - Returns: what it was worth; nil if the simulation became unstable, and that ended the episode.
  private mutating func step(_ lane: Int, _ action: [Double]) throws -> LocomotionReward? {
    let simulation = try prepare(lane)
    let controls = action.map { robot.actionScale * $0 }
    let isStable = try states.withUnsafeBufferPointer { states in
      try simulation.step(
        models[lane], from: states.baseAddress.unsafelyUnwrapped + lane * stateSize, controls: controls,
        count: robot.physicsSteps, extras: robot.extras)
    }
    guard isStable else {
      guard episodesEnd else {
        throw PhysicsError(description: "the simulation became unstable: MuJoCo met numbers beyond its limits")
      }
      hasEnded[lane] = true
      return nil
    }
    let step = LocomotionStep(
      simulation: simulation, action: action, before: places[lane], after: place(simulation),
      interval: robot.interval)
    let reward = rules[lane](step)
    hasEnded[lane] = reward.terminated
    places[lane] = step.after
    keep(lane, simulation)
    return reward
  }

  /// A simulation that no copy of these lanes uses.
  private mutating func prepare(_ lane: Int) throws -> Simulation {
    if !isKnownUniquelyReferenced(&simulation) { simulation = nil }
    if let simulation { return simulation }
    let made = try Simulation(models[lane])
    simulation = made
    return made
  }

  private mutating func fail(_ lane: Int, _ error: any Error) {
    failures[lane] = "\(error)"
    hasEnded[lane] = true
    // The engine may have left it in the middle of something.
    simulation = nil
  }

  private func place(_ simulation: Simulation) -> (x: Double, y: Double) {
    switch robot.place {
    case .firstCoordinate: return (simulation[.positions][0], 0)
    case .torso:
      let positions = simulation[.bodyPositions]
      return (positions[3], positions[4])
    case .centerOfMass:
      let (masses, centers) = (simulation.model.facts.masses, simulation[.bodyCenters])
      var (x, y) = (0.0, 0.0)
      for (body, mass) in masses.enumerated() {
        x += mass * centers[3 * body]
        y += mass * centers[3 * body + 1]
      }
      let mass = masses.reduce(0, +)
      return (x / mass, y / mass)
    }
  }

  private mutating func keep(_ lane: Int, _ simulation: Simulation) {
    states.withUnsafeMutableBufferPointer {
      simulation.save(to: $0.baseAddress.unsafelyUnwrapped + lane * stateSize)
    }
    var row: [Float] = []
    row.reserveCapacity(observationSize)
    for part in parts { part.append(simulation, to: &row) }
    observations.replaceSubrange(lane * observationSize..<(lane + 1) * observationSize, with: row)
  }

  private static func draw(_ noise: Robot.Noise, _ count: Int, _ random: inout LaneRandom) -> [Double] {
    switch noise {
    case .uniform(let range): random.uniforms(perLane: count).map { range * (2 * Double($0) - 1) }
    case .normal(let deviation): random.normals(perLane: count).map { deviation * Double($0) }
    }
  }
}
