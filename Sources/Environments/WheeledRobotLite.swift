import MetaRL
import Tensors

/// A cart with two driven wheels that is to find a goal it does not see: a surrogate, without a physics engine, for the
/// wheeled robot of MAESN (Gupta, Mendonca, Liu, Abbeel & Levine, 2018, arXiv:1802.07245).
///
/// Its returns say nothing of that one's. With pushes l and r of the left and the right wheel, the speed follows
/// v' = v + 0.05 (l + r - v), the turning rate ω' = ω + 0.05 (4 (r - l) - 2 ω), the heading φ' = φ + 0.05 ω', and the
/// position moves by 0.05 v' in the direction of φ'. Episodes start at the origin, at rest, with φ = π/2. The dense
/// reward is minus the distance to the goal less 0.05 (l² + r²). In the sparse one the distance is measured at the origin,
/// 2, wherever the goal is further away than 0.8: it is flat there, but not 0. As in the authors' code, goals are those
/// of `GoalRing`, the sparse reward is reported, and learners may train with the dense one.
///
/// What makes it a test of exploration is that noise in single steps cancels: standard normal actions come within 0.8 of
/// the goal in about 1 % of episodes, and a cart that knows its goal does after a median of 32 steps.
public struct WheeledRobotLite: TaskFamily {
  public typealias TaskParameters = PlanePoint

  static let interval: Float = 0.05
  /// The price of the squares of both pushes.
  static let controlWeight: Float = 0.05

  public init() {}

  /// Observation (x, y, cosine and sine of the heading, speed, turning rate); a vector of two
  /// numbers, left wheel first; 200 steps.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(observationSize: 6, actionSpace: .continuous(size: 2), horizon: 200, reportedReward: .sparse)
  }

  public func task(_ id: TaskID) -> PlanePoint { GoalRing.goal(id, family: "wheeled-robot-lite") }

  public func descriptor(of task: PlanePoint) -> [Float] { [task.x, task.y] }

  public func taskCount(in split: TaskID.Split) -> Int? { GoalRing.count(in: split) }

  public func makeEnvironment(_ tasks: [PlanePoint]) -> Lanes { Lanes(tasks) }

  public struct Lanes: Environment {
    private struct Cart {
      var x: Float = 0
      var y: Float = 0
      /// In radians; not brought back to one turn.
      var heading = 0.5 * Double.pi
      var cosine: Float = 0
      var sine: Float = 1
      var speed: Float = 0
      var turningRate: Float = 0

      mutating func drive(_ left: Float, _ right: Float) {
        let interval = WheeledRobotLite.interval
        speed += interval * (left + right - speed)
        turningRate += interval * (4 * (right - left) - 2 * turningRate)
        heading += Double(interval * turningRate)
        cosine = Float(Tensors.sine(0.5 * Double.pi - heading))
        sine = Float(Tensors.sine(heading))
        x += interval * speed * cosine
        y += interval * speed * sine
      }
    }

    private let goals: [PlanePoint]
    private var carts: [Cart]

    init(_ goals: [PlanePoint]) {
      self.goals = goals
      carts = [Cart](repeating: Cart(), count: goals.count)
    }

    public var laneCount: Int { goals.count }

    private var observations: Tensor {
      Tensor(
        carts.flatMap { [$0.x, $0.y, $0.cosine, $0.sine, $0.speed, $0.turningRate] }, shape: [laneCount, 6])
    }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      for lane in carts.indices { carts[lane] = Cart() }
      return observations
    }

    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let pushes = actions.clipped(lanes: laneCount, size: 2)
      var dense = [Float](repeating: 0, count: laneCount)
      var sparse = dense
      var isNear = [Bool](repeating: false, count: laneCount)
      for lane in 0..<laneCount {
        let (left, right) = (pushes[2 * lane], pushes[2 * lane + 1])
        carts[lane].drive(left, right)
        let distance = goals[lane].distance(to: PlanePoint(x: carts[lane].x, y: carts[lane].y))
        let cost = WheeledRobotLite.controlWeight * (left * left + right * right)
        isNear[lane] = distance <= GoalRing.rewardRadius
        dense[lane] = -distance - cost
        sparse[lane] = isNear[lane] ? dense[lane] : -goals[lane].distance(to: .origin) - cost
      }
      return StepOutcome(
        observations: observations, rewards: Rewards(dense: dense, sparse: sparse), succeeded: isNear)
    }
  }
}

extension WheeledRobotLite {
  /// The family's card.
  ///
  /// A lifetime holds three updates on 20 episodes or one on 50, the numbers of episodes that MAESN
  /// takes, and the episodes after them.
  public var card: FamilyCard {
    FamilyCard(
      name: "wheeled-robot-lite", version: 1,
      summary:
        "A two-wheeled cart finds a goal; reward for closeness within 0.8 of it. A surrogate for MAESN's robot.",
      source: "our surrogate for the wheeled robot of Gupta et al. 2018, arXiv:1802.07245",
      episodesPerLifetime: 60,
      random: .normalActions(-410.007, standardError: 0.017, on: "test goals"),
      oracle: .init(
        -71.609, computation: "simulation of a controller that heads for the test goals and stops there"),
      trajectoryHash: "8467d574f7d4bee4")
  }
}
