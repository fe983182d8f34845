import Synchronization

/// A robot: its model, how it starts, and how an action is taken.
package struct Robot: Sendable {
  /// The distribution of a start around a mean.
  enum Noise: Sendable {
    /// Uniform, up to so far on either side.
    case uniform(Double)
    /// Normal, with such a standard deviation.
    case normal(Double)
  }

  /// The place of a robot, for rewards that compare the end of a step with its start.
  enum Place: Sendable {
    /// The first coordinate of its pose, and 0: of robots that live in a plane.
    case firstCoordinate
    /// The torso's position, as the engine computed it at the start of the last physics step.
    case torso
    case centerOfMass
  }

  var model: MJCF
  /// The length of a physics step, in seconds.
  var timestep: Double
  var physicsSteps: Int
  /// The pose that starts are drawn around; nil is the one that the model describes.
  var startPositions: [Double]?
  /// The distribution of the start's pose.
  var positionNoise: Noise
  /// The distribution of the start's velocity, around rest.
  var velocityNoise: Noise
  /// The control of a motor for action 1.
  var actionScale: Double
  var place: Place
  var extras: PhysicsExtras
  /// The model, compiled when it is first asked for.
  package let compiled: LazyModel

  init(
    model: MJCF, totalMass: Double? = nil, timestep: Double, physicsSteps: Int, startPositions: [Double]? = nil,
    positionNoise: Noise,
    velocityNoise: Noise, actionScale: Double = 1, place: Place, extras: PhysicsExtras = []
  ) {
    self.model = model
    self.timestep = timestep
    self.physicsSteps = physicsSteps
    self.startPositions = startPositions
    self.positionNoise = positionNoise
    self.velocityNoise = velocityNoise
    self.actionScale = actionScale
    self.place = place
    self.extras = extras
    compiled = LazyModel(model, totalMass: totalMass)
  }

  var interval: Double { timestep * Double(physicsSteps) }
  var actionSize: Int { model.count("motor") }
  /// The numbers of a pose: a place and a quaternion if it moves freely, and one a joint.
  var positionCount: Int { world.count("joint") + (isFree ? 6 : 0) }
  var velocityCount: Int { world.count("joint") + (isFree ? 5 : 0) }
  /// The bodies, the world among them.
  var bodyCount: Int { world.count("body") + 1 }
  /// The shapes, the floor among them.
  var shapeCount: Int { world.count("geom") }

  private var world: MJCF { model.children.first { $0.name == "worldbody" } ?? MJCF("worldbody") }
  private var isFree: Bool { world.text.contains("type=\"free\"") }

  /// The distance below which surfaces count as touching, for every shape of a model.
  ///
  /// Before release 3.5 a pair had the larger of two margins, and since then it has their sum.
  static func margin(_ margin: Double) -> MJCF.Value {
    .numbers([Physics.versionNumber < 350 ? margin : margin / 2])
  }
}

/// A model that is compiled when it is first asked for.
package final class LazyModel: Sendable {
  private let model: MJCF
  private let totalMass: Double?
  private let result = Mutex<Result<CompiledModel, PhysicsError>?>(nil)

  /// Of an element, and of what all of it weighs if not what it says.
  init(_ model: MJCF, totalMass: Double?) {
    self.model = model
    self.totalMass = totalMass
  }

  /// The model.
  ///
  /// - Throws: `PhysicsError` if there is none.
  package func get() throws -> CompiledModel {
    try result.withLock { result in
      if let result { return try result.get() }
      let compiled: Result<CompiledModel, PhysicsError>
      do { compiled = .success(try CompiledModel(model.text, totalMass: totalMass)) } catch let problem
        as PhysicsError
      {
        compiled = .failure(problem)
      }
      result = compiled
      return try compiled.get()
    }
  }
}
