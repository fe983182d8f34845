import Environments
import Foundation
import MetaRL
import Tensors

/// Steps of at most `stepLength` in each direction that lead to a target as fast as each direction allows.
func shortestStep(from x: Float, _ y: Float, to targetX: Float, _ targetY: Float, stepLength: Float) -> LaneAction {
  .continuous([(targetX - x) / stepLength, (targetY - y) / stepLength].map { max(-1, min(1, $0)) })
}

/// Steps in a straight line, as long as the longer direction allows.
func straightStep(from x: Float, _ y: Float, to targetX: Float, _ targetY: Float, stepLength: Float) -> LaneAction {
  let (dx, dy) = ((targetX - x) / stepLength, (targetY - y) / stepLength)
  let longest = max(abs(dx), abs(dy), 1)
  return .continuous([dx / longest, dy / longest])
}

/// Pushes to a corner and brakes in time, in each direction for itself.
///
/// A point that moves with velocity v and brakes by 0.1 a step goes v + (v - 0.1) + ... = v² / 0.2 + v / 2; the
/// velocity wanted is the one for which that is the distance that is left.
func brakingPush(task: PlanePoint, observation: [Float]) -> LaneAction {
  func push(_ distance: Float, _ velocity: Float) -> Float {
    let wanted = 0.1 * ((0.25 + 20 * abs(distance)).squareRoot() - 0.5)
    return max(-1, min(1, ((distance < 0 ? -wanted : wanted) - velocity) / 0.1))
  }
  return .continuous([
    push(task.x - observation[0], observation[2]), push(task.y - observation[1], observation[3]),
  ])
}

/// Pushes with each leg as it stands, as hard as the speed that is wanted needs.
func trackingPush(task: VelocityTrackingLite.TaskParameters, observation: [Float]) -> LaneAction {
  let (speed, stands) = (observation[0], observation[1...])
  let drive = max(-0.99, min(0.99, ((task.speed - speed) / 0.05 + 0.5 * speed) / 2))
  let squares = stands.reduce(0) { $0 + $1 * $1 }
  let share = 2 * atanh(drive) / max(squares, 1e-3)
  return .continuous(stands.map { max(-1, min(1, share * $0)) })
}

/// Pushes towards the goal and brakes in time.
func goalPush(task: PointMassLite.TaskParameters, observation: [Float]) -> LaneAction {
  let target = [task.x, task.y]
  return .continuous(
    (0..<2).map { max(-1, min(1, 2.5 * (target[$0] - observation[$0]) - 2 * observation[$0 + 2])) })
}

/// Pushes in the direction as hard as it can.
func directionPush(task: PointMassLite.TaskParameters, observation: [Float]) -> LaneAction {
  .continuous([task.x, task.y].map { max(-1, min(1, 30 * $0)) })
}

/// Drives as hard as the wanted velocity needs.
func cartDrive(task: RandomParametersLite.TaskParameters, observation: [Float]) -> LaneAction {
  let velocity = observation[0]
  let force = ((1 - velocity) / 0.05 + 0.2 * task.gravity) * task.mass + task.damping * velocity
  return .continuous([max(-1, min(1, force / (2 * task.motor)))])
}

/// Heads for the inner gap, then along the ring for the outer gap, then for the corner.
func wallStep(task: WallNavigation.TaskParameters, observation: [Float]) -> LaneAction {
  func wrapped(_ angle: Float) -> Float { atan2(sin(angle), cos(angle)) }
  func nearest(to angle: Float, around middle: Float, within range: Float) -> Float {
    middle + max(-range, min(range, wrapped(angle - middle)))
  }
  let (x, y) = (observation[0], observation[1])
  let (radius, angle) = ((x * x + y * y).squareRoot(), atan2(y, x))
  let goalAngle = atan2(task.goal.y, task.goal.x)
  let exitAngle = nearest(to: goalAngle, around: atan2(task.outerGap.y, task.outerGap.x), within: 0.35)
  func head(to targetAngle: Float, _ targetRadius: Float) -> LaneAction {
    straightStep(from: x, y, to: targetRadius * cos(targetAngle), targetRadius * sin(targetAngle), stepLength: 0.2)
  }
  if radius < 1 {
    return head(to: nearest(to: exitAngle, around: atan2(task.innerGap.y, task.innerGap.x), within: 0.7), 1.2)
  }
  let turn = wrapped((radius < 2 ? exitAngle : goalAngle) - angle)
  if abs(turn) > 0.7 { return head(to: angle + (turn > 0 ? 0.5 : -0.5), radius < 2 ? 1.2 : 2.3) }
  return radius < 2 ? head(to: exitAngle, 2.15) : head(to: goalAngle, Float(8).squareRoot())
}

/// Turns to the goal, drives there and stops.
func wheeledDrive(task: PlanePoint, observation: [Float]) -> LaneAction {
  let (dx, dy) = (task.x - observation[0], task.y - observation[1])
  let (cosine, sine, speed, turningRate) = (observation[2], observation[3], observation[4], observation[5])
  let (ahead, aside) = (dx * cosine + dy * sine, dy * cosine - dx * sine)
  let distance = (dx * dx + dy * dy).squareRoot()
  // Very near, the direction of the goal says nothing.
  let turn = distance > 0.05 ? max(-0.5, min(0.5, 1.5 * atan2(aside, ahead) - 0.4 * turningRate)) : 0
  let wanted = max(0, ahead) * 1.5
  let drive = max(-1, min(1, 4 * (wanted - speed) + speed))
  // Turning comes first.
  let room = 1 - abs(turn)
  let push = max(-room, min(room, drive))
  return .continuous([push - turn, push + turn])
}

/// Goes behind the block, seen from its goal, and pushes it there.
func blockPush(task: BlockPushingLite.TaskParameters, observation: [Float]) -> LaneAction {
  let (x, y) = (observation[0], observation[1])
  let (blockX, blockY) = (observation[2 + 2 * task.block], observation[3 + 2 * task.block])
  let (dx, dy) = (task.goal.x - blockX, task.goal.y - blockY)
  let distance = (dx * dx + dy * dy).squareRoot()
  guard distance > 1e-3 else { return .continuous([0, 0]) }
  let (alongX, alongY) = (dx / distance, dy / distance)
  // Gripper and block touch at 0.09.
  let ahead = (blockX - x) * alongX + (blockY - y) * alongY
  let (asideX, asideY) = (blockX - x - ahead * alongX, blockY - y - ahead * alongY)
  let aside = (asideX * asideX + asideY * asideY).squareRoot()
  if ahead > 0.05, aside < 0.02 {
    let way = min(0.03, ahead - 0.09 + distance)
    return straightStep(from: 0, 0, to: asideX + way * alongX, asideY + way * alongY, stepLength: 0.03)
  }
  let (behindX, behindY) = (blockX - 0.1 * alongX, blockY - 0.1 * alongY)
  // No block lies so far to the left: the lane is entered from there.
  let isInLane = abs(y - behindY) < 0.015
  return shortestStep(from: x, y, to: isInLane ? behindX : min(0.24, behindX), behindY, stepLength: 0.03)
}

extension GridWorld {
  /// The expected return of uniformly random choices, by backward induction over the horizon, averaged over the maps.
  func exactRandomReturn() -> Double {
    let moves = [(0, -1), (1, 0), (0, 1), (-1, 0)]
    let values = (0..<4).map { index in
      let cells = task(TaskID(.test, index)).cells
      var value = [Double](repeating: 0, count: 9)
      for _ in 0..<spec.horizon {
        value = cells.indices.map { cell in
          moves.reduce(0) { sum, move in
            let next = max(0, min(2, cell / 3 + move.0)) * 3 + max(0, min(2, cell % 3 + move.1))
            return sum + 0.25 * (cells[next] == .goal ? 1 : cells[next] == .hole ? 0 : value[next])
          }
        }
      }
      return cells.firstIndex(of: .start).map { value[$0] } ?? .nan
    }
    return values.reduce(0, +) / 4
  }
}

/// The arm that pays most.
func greatest(_ means: [Float]) -> LaneAction { .discrete(means.indices.max { means[$0] < means[$1] } ?? 0) }

/// The choice of a shortest way on a square of cells, numbered row by row from the lower left: sideways first.
func gridStep(from cell: Int, to goal: Int, side: Int) -> LaneAction {
  let (right, up) = (goal % side - cell % side, goal / side - cell / side)
  return .discrete(right > 0 ? 2 : right < 0 ? 4 : up > 0 ? 1 : up < 0 ? 3 : 0)
}

/// The cells that the choices to stay, go up, right, down and left lead to, on a square of cells.
private func gridNeighbors(of cell: Int, side: Int) -> [Int] {
  let (x, y) = (cell % side, cell / side)
  return [(x, y), (x, y + 1), (x + 1, y), (x, y - 1), (x - 1, y)].map { nextX, nextY in
    0..<side ~= nextX && 0..<side ~= nextY ? nextY * side + nextX : cell
  }
}

/// The probabilities that uniformly random choices first lead to a goal after each number of steps from each cell, not
/// counting where they begin: `[step][cell]`.
func firstArrivals(at goal: Int, side: Int, horizon: Int) -> [[Double]] {
  var arrivals = [(0..<side * side).map { $0 == goal ? 1.0 : 0 }]
  for step in 1...horizon {
    let last = arrivals[step - 1]
    arrivals.append(
      last.indices.map { cell in
        gridNeighbors(of: cell, side: side).reduce(0) { $0 + ($1 != goal || step == 1 ? last[$1] / 5 : 0) }
      })
  }
  arrivals[0] = [Double](repeating: 0, count: side * side)
  return arrivals
}

/// The expected return of uniformly random choices to stay, go up, right, down or left, on a square of cells, averaged
/// over goals: the distribution of the cell is followed step by step.
func exactRandomReturn(
  side: Int, start: Int, goals: [Int], horizon: Int, endsAtGoal: Bool = false,
  reward: (_ cell: Int, _ goal: Int) -> Double = { $0 == $1 ? 1 : 0 }
) -> Double {
  let returns = goals.map { goal in
    var (shares, total) = ([Double](repeating: 0, count: side * side), 0.0)
    shares[start] = 1
    for _ in 0..<horizon {
      var next = [Double](repeating: 0, count: side * side)
      for (cell, share) in shares.enumerated() {
        for neighbor in gridNeighbors(of: cell, side: side) { next[neighbor] += share / 5 }
      }
      for (cell, share) in next.enumerated() { total += share * reward(cell, goal) }
      if endsAtGoal { next[goal] = 0 }
      shares = next
    }
    return total
  }
  return returns.reduce(0, +) / Double(goals.count)
}

/// The three rooms of `RoomNavigation` on a grid of their own, with the goals of a task.
struct Rooms {
  /// The cells of the goals, as coordinates.
  let goals: [(x: Int, y: Int)]

  init(_ task: RoomNavigation.TaskParameters) {
    let corners = task.corners.map { (x: [-1, 1, -1, 1][$0], y: [-1, -1, 1, 1][$0]) }
    goals = [corners[0], (corners[1].x + (corners[0].x < 0 ? -6 : 6), corners[1].y), corners[2]]
  }

  static func contains(_ x: Int, _ y: Int) -> Bool {
    -7...7 ~= x && -1...1 ~= y && (y == 0 || !(2...4 ~= abs(x)))
  }

  struct State: Hashable {
    var x = 0
    var y = 0
    /// The goals that were reached.
    var reached = 0
  }

  func step(_ state: State, _ move: Int) -> (State, Double) {
    let (dx, dy) = [(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)][move]
    var next = state
    if Self.contains(state.x + dx, state.y + dy) { (next.x, next.y) = (state.x + dx, state.y + dy) }
    func isAt(_ goal: Int) -> Bool { goals[goal].x == next.x && goals[goal].y == next.y }
    if isAt(0) {
      next.reached = max(1, state.reached)
      return (next, 1)
    }
    if isAt(1), state.reached >= 1 {
      next.reached = 2
      return (next, 10)
    }
    return (next, isAt(2) && state.reached == 2 ? 100 : -0.1)
  }

  /// The expected return of uniformly random choices, forwards over the horizon.
  var exactRandomReturn: Double {
    var (shares, total) = ([State(): 1.0], 0.0)
    for _ in 0..<50 {
      var next: [State: Double] = [:]
      for (state, share) in shares {
        for move in 0..<5 {
          let (after, reward) = step(state, move)
          next[after, default: 0] += share / 5
          total += share / 5 * reward
        }
      }
      shares = next
    }
    return total
  }

  /// The return of the best choices.
  var exactOptimalReturn: Double {
    var values: [State: Double] = [:]
    let cells = (-7...7).flatMap { x in (-1...1).filter { Self.contains(x, $0) }.map { (x, $0) } }
    let states = cells.flatMap { cell in (0...2).map { State(x: cell.0, y: cell.1, reached: $0) } }
    for _ in 0..<50 {
      let after = values
      for state in states {
        values[state] = (0..<5).map { move in
          let (next, reward) = step(state, move)
          return reward + after[next, default: 0]
        }.max()
      }
    }
    return values[State()] ?? .nan
  }
}

/// Goes to a key and then to a door, both of which it knows.
struct KeyFetcher: Agent {
  let tasks: [DarkKeyToDoor.TaskParameters]
  var hasKey: [Bool]
  var hasMoved = false

  init(_ tasks: [DarkKeyToDoor.TaskParameters]) {
    self.tasks = tasks
    hasKey = tasks.map { _ in false }
  }

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    let rows = observations.floatRows
    let choices = tasks.indices.map { lane in
      let ones = rows[lane].indices.filter { rows[lane][$0] == 1 }
      let cell = (ones[1] - 9) * 9 + ones[0]
      if hasMoved && cell == tasks[lane].key { hasKey[lane] = true }
      return gridStep(from: cell, to: hasKey[lane] ? tasks[lane].door : tasks[lane].key, side: 9)
    }
    hasMoved = true
    return .discrete(choices.map { if case .discrete(let choice) = $0 { choice } else { 0 } })
  }
}
