import MetaRL

/// The setting of a paper's experiments with the half-cheetah: the robot, and what is seen of it.
struct HalfCheetahSetting: Sendable {
  /// Whether a step is one of physics, and all that is seen is of its end, as in rllab.
  var isOfRLLab: Bool
  /// Whether episodes have 100 steps and the torso's place is not seen, as in ProMP.
  var isOfProMP: Bool

  var robot: Robot { isOfRLLab ? .halfCheetahOfRLLab : .halfCheetah }

  var parts: [ObservationPart] {
    [.positions(from: 1), .velocities(within: .infinity)]
      + (isOfRLLab ? [.centerOfMass] : isOfProMP ? [] : [.torsoPosition])
  }

  var spec: EnvironmentSpec { robot.spec(observing: parts, horizon: isOfProMP ? 100 : 200) }

  /// Half-cheetahs that are paid what their speed is worth, less 0.05 |a|².
  func makeLanes(strengths: [[Double]]? = nil, worth: [@Sendable (_ speed: Double) -> Double]) -> LocomotionLanes {
    let isOfRLLab = isOfRLLab
    return LocomotionLanes(
      robot, observing: parts, episodesEnd: false, strengths: strengths,
      rules: worth.map { worth in
        { step in
          let speed = isOfRLLab ? step.velocityOfCenter.x : step.velocity.x
          return LocomotionReward(worth(speed) - 0.05 * step.squaredAction)
        }
      })
  }
}

extension Robot {
  /// Half a cheetah in a vertical plane (Wawrzyński, 2007): a torso, two legs of three joints, six motors, 14 kg.
  ///
  /// Every five physics steps of 0.01 s, as in OpenAI Gym.
  package static let halfCheetah = Robot(
    model: halfCheetahModel, totalMass: 14, timestep: 0.01, physicsSteps: 5, positionNoise: .uniform(0.1),
    velocityNoise: .normal(0.1), place: .firstCoordinate)

  /// The same in rllab's setting: every physics step, starts drawn in another way, and all that is seen is
  /// of the end of the step.
  package static let halfCheetahOfRLLab = Robot(
    model: halfCheetahModel, totalMass: 14, timestep: 0.01, physicsSteps: 1, positionNoise: .normal(0.01),
    velocityNoise: .normal(0.1), place: .firstCoordinate, extras: [.present, .subtreeVelocities])

  private static let radius = 0.046

  private static var halfCheetahModel: MJCF {
    func leg(_ side: String, _ parts: [MJCF.Part]) -> MJCF {
      parts.reversed().reduce(nil as MJCF?) { child, part in
        MJCF.body(
          side + part.name, at: part.position,
          [
            MJCF(
              "joint",
              [
                "name": .word(side + part.name), "type": "hinge", "axis": [0, 1, 0], "range": part.range,
                "stiffness": .numbers([part.stiffness]), "damping": .numbers([part.damping]),
              ]),
            MJCF(
              "geom",
              [
                "type": "capsule", "pos": part.middle, "axisangle": .numbers([0, 1, 0, part.angle]),
                "size": .numbers([radius, part.halfLength]),
              ]),
          ] + (child.map { [$0] } ?? []))
      } ?? MJCF("body")
    }
    let hind = leg(
      "b",
      [
        .init(
          name: "thigh", position: [-0.5, 0, 0], range: [-0.52, 1.05], stiffness: 240, damping: 6,
          middle: [0.1, 0, -0.13],
          angle: -3.8, halfLength: 0.145),
        .init(
          name: "shin", position: [0.16, 0, -0.25], range: [-0.785, 0.785], stiffness: 180, damping: 4.5,
          middle: [-0.14, 0, -0.07], angle: -2.03, halfLength: 0.15),
        .init(
          name: "foot", position: [-0.28, 0, -0.14], range: [-0.4, 0.785], stiffness: 120, damping: 3,
          middle: [0.03, 0, -0.097], angle: -0.27, halfLength: 0.094),
      ])
    let front = leg(
      "f",
      [
        .init(
          name: "thigh", position: [0.5, 0, 0], range: [-1, 0.7], stiffness: 180, damping: 4.5,
          middle: [-0.07, 0, -0.12],
          angle: 0.52, halfLength: 0.133),
        .init(
          name: "shin", position: [-0.14, 0, -0.24], range: [-1.2, 0.87], stiffness: 120, damping: 3,
          middle: [0.065, 0, -0.09], angle: -0.6, halfLength: 0.106),
        .init(
          name: "foot", position: [0.13, 0, -0.18], range: [-0.5, 0.5], stiffness: 60, damping: 1.5,
          middle: [0.045, 0, -0.07],
          angle: -0.6, halfLength: 0.07),
      ])
    return MJCF(
      "mujoco", ["model": "half-cheetah"],
      [
        MJCF("compiler", ["angle": "radian", "inertiafromgeom": true]),
        MJCF("option", ["timestep": 0.01, "gravity": [0, 0, -9.81]]),
        MJCF(
          "default", [:],
          [
            MJCF(
              "joint",
              [
                "armature": 0.1, "damping": 0.01, "limited": true, "stiffness": 8, "solreflimit": [0.02, 1],
                "solimplimit": [0, 0.8, 0.03],
              ]),
            MJCF(
              "geom",
              [
                "contype": 1, "conaffinity": 0, "condim": 3, "friction": [0.4, 0.1, 0.1], "solref": [0.02, 1],
                "solimp": [0, 0.8, 0.01],
              ]),
          ]),
        MJCF(
          "worldbody", [:],
          [
            MJCF("geom", ["type": "plane", "size": [40, 40, 40], "conaffinity": 1]),
            .body(
              "torso", at: [0, 0, 0.7],
              [
                .root("rootx", "slide", axis: [1, 0, 0]), .root("rootz", "slide", axis: [0, 0, 1]),
                .root("rooty", "hinge", axis: [0, 1, 0]),
                MJCF(
                  "geom", ["type": "capsule", "fromto": [-0.5, 0, 0, 0.5, 0, 0], "size": .numbers([radius])]),
                MJCF(
                  "geom",
                  [
                    "type": "capsule", "pos": [0.6, 0, 0.1], "axisangle": [0, 1, 0, 0.87],
                    "size": .numbers([radius, 0.15]),
                  ]),
                hind, front,
              ]),
          ]),
        MJCF(
          "actuator", [:],
          [
            .motor("bthigh", gear: 120), .motor("bshin", gear: 90), .motor("bfoot", gear: 60),
            .motor("fthigh", gear: 120), .motor("fshin", gear: 60), .motor("ffoot", gear: 30),
          ]),
      ])
  }
}

extension MJCF {
  /// A part of a leg: a joint and a capsule.
  fileprivate struct Part {
    var name: String
    var position: Value
    var range: Value
    var stiffness, damping: Double
    var middle: Value
    var angle, halfLength: Double
  }
}
