import MetaRL
import Tensors

/// Regression on sine waves as a family of tasks (Finn, Abbeel & Levine, 2017, arXiv:1703.03400, section 5.1).
///
/// A task is a wave `y = A sin(x - φ)`, with amplitude A from 0.1 to 5 and phase φ from 0 to π or, as in the code of Reptile
/// (Nichol, Achiam & Schulman, 2018), to 2π. An episode is N points x from -5 to 5. At each point the action predicts y, and
/// the reward is minus the squared error; only the next observation shows the target y. So minus the mean reward of a step
/// is the mean squared error of predictions made before their targets are shown, and the points of an episode are independent
/// of each other and of the actions.
public struct SinusoidRegression: TaskFamily {
  public struct TaskParameters: Codable, Sendable, Hashable {
    /// The height of the wave, from 0.1 to 5: A above.
    public var amplitude: Double
    /// The shift of the wave, from 0 to π: φ above.
    public var phase: Double

    /// A wave of the given height and shift.
    public init(amplitude: Double, phase: Double) {
      self.amplitude = amplitude
      self.phase = phase
    }

    /// The height of the wave at a place.
    public func callAsFunction(_ x: Double) -> Double { amplitude * sine(x - phase) }
  }

  static let amplitudes = 0.1...5.0
  static let inputs = -5.0...5.0
  /// The prediction of action 1: twice the highest wave, so that the bound on actions does not help predictions.
  static let predictionScale = 10.0

  /// The range of phases.
  public enum Phases: Sendable {
    /// From 0 to π.
    case half
    /// From 0 to 2π.
    case full
  }

  /// The points of an episode: K in the paper.
  public let points: Int
  /// The range of phases.
  public let phases: Phases

  /// A family with the given number of points in an episode and range of phases.
  ///
  /// - Precondition: there is at least one point.
  public init(points: Int = 10, phases: Phases = .half) {
    precondition(points > 0, "an episode needs points, not \(points)")
    (self.points, self.phases) = (points, phases)
  }

  /// Observation: the place to predict at, and the target at the previous point (at first 0); an action
  /// is a tenth of a prediction.
  public var spec: EnvironmentSpec {
    EnvironmentSpec(
      observationSize: 2, actionSpace: .continuous(size: 1), horizon: points,
      supervision: Supervision(inputs: 0..<1, targets: 1..<2, predictionScale: Self.predictionScale))
  }

  public func task(_ id: TaskID) -> TaskParameters {
    var random = id.random(family: "sinusoid-regression")
    let amplitude = random.uniform(Self.amplitudes.lowerBound, Self.amplitudes.upperBound)
    let phase = random.uniform(0, phases == .half ? Double.pi : 2 * Double.pi)
    return TaskParameters(amplitude: amplitude, phase: phase)
  }

  /// The amplitude, then the phase, of the wave.
  public func descriptor(of task: TaskParameters) -> [Float] { [Float(task.amplitude), Float(task.phase)] }

  public func makeEnvironment(_ tasks: [TaskParameters]) -> Lanes { Lanes(tasks) }

  public struct Lanes: Environment {
    let tasks: [TaskParameters]
    /// The inputs of each lane's prediction.
    var places: [Float]

    init(_ tasks: [TaskParameters]) {
      self.tasks = tasks
      places = [Float](repeating: 0, count: tasks.count)
    }

    public var laneCount: Int { tasks.count }

    public mutating func reset(using random: inout LaneRandom) -> Tensor {
      observe([Float](repeating: 0, count: laneCount), using: &random)
    }

    /// Rewards predictions, shows the targets, and draws the next inputs.
    public mutating func step(_ actions: Actions, using random: inout LaneRandom) -> StepOutcome {
      let predictions = actions.clipped(lanes: laneCount, size: 1)
      let due = tasks.indices.map { Float(tasks[$0](Double(places[$0]))) }
      let rewards = tasks.indices.map { lane in
        let error = Float(SinusoidRegression.predictionScale) * predictions[lane] - due[lane]
        return -error * error
      }
      return StepOutcome(observations: observe(due, using: &random), rewards: Rewards(rewards))
    }

    private mutating func observe(_ due: [Float], using random: inout LaneRandom) -> Tensor {
      let range = SinusoidRegression.inputs
      let width = Float(range.upperBound - range.lowerBound)
      places = random.uniforms(perLane: 1).map { Float(range.lowerBound) + width * $0 }
      return Tensor(tasks.indices.flatMap { [places[$0], due[$0]] }, shape: [laneCount, 2])
    }
  }
}

extension SinusoidRegression {
  /// The mean of y² over tasks and places.
  ///
  /// The phase is uniform over π or 2π, so the mean of sin² is 1/2 at every x; the mean of A² is (b³ - a³) / 3 (b - a).
  static var meanSquare: Double {
    let (a, b) = (amplitudes.lowerBound, amplitudes.upperBound)
    return (b * b * b - a * a * a) / (3 * (b - a)) / 2
  }

  /// The family's card; its anchors are returns of an episode of N points.
  public var card: FamilyCard {
    // E min(|z|, 1)² = 1 - 2 φ(1) for a standard normal z of density φ.
    let clippedSquare = 1 - 2 * 0.24197072451914337
    let perPoint = Self.predictionScale * Self.predictionScale * clippedSquare + Self.meanSquare
    let (infix, kind, source) =
      switch phases {
      case .half: ("", "sine wave", "Finn, Abbeel & Levine 2017, arXiv:1703.03400, section 5.1")
      case .full:
        ("full-phase-", "sine wave of any phase", "Nichol, Achiam & Schulman 2018, arXiv:1803.02999, authors' code")
      }
    return FamilyCard(
      name: "sinusoid-regression-\(infix)\(points)", version: 1,
      summary: "Prediction of a \(kind) at \(points) points; the reward is minus the squared error.",
      source: source + "; adapted to a task family",
      actionScale: Self.predictionScale, episodesPerLifetime: 10,
      random: .init(
        -Double(points) * perPoint,
        computation: "exact: squares of clipped normal predictions and of independent heights"),
      oracle: .init(0, computation: "exact: every prediction is right"),
      trajectoryHash: Self.trajectoryHashes["\(infix)\(points)"] ?? "")
  }

  /// The digests of the sizes in the paper; of other sizes none is pinned.
  private static let trajectoryHashes = [
    "5": "36efe2b647c33b63", "10": "df3348d0f0d0f8f8", "20": "4203ef1eec333936",
    "full-phase-10": "93fc00a3d32f9866",
  ]
}
