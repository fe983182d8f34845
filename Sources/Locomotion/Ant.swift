extension Robot {
  /// A four-legged ant (Schulman et al., 2016): a ball, four legs of two joints, eight motors.
  ///
  /// Every five physics steps of 0.01 s, as in OpenAI Gym.
  package static let ant = Robot(
    model: antModel(timestep: 0.01, gear: 150, isStiff: false), timestep: 0.01, physicsSteps: 5,
    positionNoise: .uniform(0.1), velocityNoise: .normal(0.1), place: .torso, extras: .contactForces)

  /// The ant of rllab: one physics step of 0.02 s, stiffer contacts, starts from a crouch, and all that is seen is of the
  /// end of the step.
  package static let antOfRLLab = Robot(
    model: antModel(timestep: 0.02, gear: 150, isStiff: true), timestep: 0.02, physicsSteps: 1,
    startPositions: crouch, positionNoise: .normal(0.01), velocityNoise: .normal(0.1), place: .torso,
    extras: [.present, .contactForces, .subtreeVelocities])

  /// An ant in rllab's setting with a fifth of the strength, every physics step of 0.01 s (Gupta et al., 2018).
  package static let weakAnt = Robot(
    model: antModel(timestep: 0.01, gear: 30, isStiff: false), timestep: 0.01, physicsSteps: 1,
    startPositions: crouch, positionNoise: .normal(0.01), velocityNoise: .normal(0.1), place: .torso,
    extras: [.present, .contactForces, .subtreeVelocities])

  private static let crouch: [Double] = [0, 0, 0.55, 1, 0, 0, 0, 0, 1, 0, -1, 0, -1, 0, 1]

  private static func antModel(timestep: Double, gear: Double, isStiff: Bool) -> MJCF {
    func leg(_ number: Int, _ x: Double, _ y: Double, ankle: MJCF.Value) -> MJCF {
      func segment(_ length: Double) -> MJCF {
        MJCF("geom", ["type": "capsule", "fromto": .numbers([0, 0, 0, length * x, length * y, 0]), "size": 0.08])
      }
      func hinge(_ name: String, axis: MJCF.Value, range: MJCF.Value) -> MJCF {
        MJCF("joint", ["name": .word("\(name)_\(number)"), "type": "hinge", "axis": axis, "range": range])
      }
      let place = MJCF.Value.numbers([0.2 * x, 0.2 * y, 0])
      return .body(
        "leg_\(number)", at: [0, 0, 0],
        [
          segment(0.2),
          .body(
            "thigh_\(number)", at: place,
            [
              hinge("hip", axis: [0, 0, 1], range: [-30, 30]), segment(0.2),
              .body(
                "foot_\(number)", at: place,
                // The axis lies across the leg, on the same side for legs that are opposite each other.
                [hinge("ankle", axis: x * y > 0 ? [-1, 1, 0] : [1, 1, 0], range: ankle), segment(0.4)]),
            ]),
        ])
    }
    var shape: KeyValuePairs<String, MJCF.Value> {
      isStiff
        ? [
          "conaffinity": 0, "condim": 3, "density": 5, "friction": [1, 0.5, 0.5], "margin": margin(0.01),
          "solref": [0.02, 1], "solimp": [0.8, 0.8, 0.01],
        ]
        : ["conaffinity": 0, "condim": 3, "density": 5, "friction": [1, 0.5, 0.5], "margin": margin(0.01)]
    }
    return MJCF(
      "mujoco", ["model": "ant"],
      [
        MJCF("compiler", ["angle": "degree", "inertiafromgeom": true]),
        MJCF("option", ["timestep": .numbers([timestep]), "integrator": "RK4"]),
        MJCF(
          "default", [:],
          [MJCF("joint", ["armature": 1, "damping": 1, "limited": true]), MJCF("geom", shape)]),
        MJCF(
          "worldbody", [:],
          [
            MJCF("geom", ["type": "plane", "size": [40, 40, 40], "conaffinity": 1]),
            .body(
              "torso", at: [0, 0, 0.75],
              [
                MJCF("geom", ["type": "sphere", "size": 0.25]),
                MJCF(
                  "joint",
                  ["name": "root", "type": "free", "limited": false, "armature": 0, "damping": 0, "margin": 0.01]),
                leg(1, 1, 1, ankle: [30, 70]), leg(2, -1, 1, ankle: [-70, -30]),
                leg(3, -1, -1, ankle: [-70, -30]), leg(4, 1, -1, ankle: [30, 70]),
              ]),
          ]),
        MJCF(
          "actuator", [:],
          [4, 1, 2, 3].flatMap { [MJCF.motor("hip_\($0)", gear: gear), .motor("ankle_\($0)", gear: gear)] }),
      ])
  }
}
