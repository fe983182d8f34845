extension Robot {
  /// A leg that hops in a vertical plane: four bodies, three motors; every four physics steps of 0.002 s.
  ///
  /// The papers with random parameters ask for these four steps in their base class, whatever a robot asks for.
  package static let hopper = Robot(
    model: hopperModel, timestep: 0.002, physicsSteps: 4, positionNoise: .uniform(0.005),
    velocityNoise: .uniform(0.005), place: .firstCoordinate)

  /// Two legs that walk in a vertical plane: seven bodies, six motors; every four physics steps of 0.002 s.
  ///
  /// Its right foot has friction 0.9 and its left one 1.9, as in the models of that time.
  package static let walker = Robot(
    model: walkerModel, timestep: 0.002, physicsSteps: 4, positionNoise: .uniform(0.005),
    velocityNoise: .uniform(0.005), place: .firstCoordinate)

  private static func capsule(
    _ halfLength: Double, _ radius: Double, friction: Double, at position: MJCF.Value = [0, 0, 0],
    lies: Bool = false
  ) -> MJCF {
    let size = MJCF.Value.numbers([radius, halfLength])
    let quarter = MJCF.Value.numbers([0.70710678118654757, 0, -0.70710678118654746, 0])
    return MJCF(
      "geom",
      [
        "type": "capsule", "size": size, "friction": .numbers([friction]), "pos": position,
        "quat": lies ? quarter : [1, 0, 0, 0],
      ])
  }

  private static func hinge(_ name: String, at position: MJCF.Value = [0, 0, 0], range: MJCF.Value) -> MJCF {
    MJCF("joint", ["name": .word(name), "type": "hinge", "axis": [0, -1, 0], "pos": position, "range": range])
  }

  /// A leg below the torso: a thigh, a shin and a foot that reaches forward.
  private static func leg(_ side: String, foot: Double, footHalfLength: Double, friction: Double, at toe: Double)
    -> MJCF
  {
    .body(
      "thigh" + side, at: [0, 0, -0.19999999999999996],
      [
        hinge("thigh" + side, range: [-150, 0]),
        capsule(0.22500000000000003, 0.05, friction: 0.9, at: [0, 0, -0.22500000000000009]),
        .body(
          "leg" + side, at: [0, 0, -0.70000000000000007],
          [
            hinge("leg" + side, at: [0, 0, 0.25], range: [-150, 0]), capsule(0.25, 0.04, friction: 0.9),
            .body(
              "foot" + side, at: .numbers([foot, 0, -0.35]),
              [
                hinge("foot" + side, at: .numbers([-foot, 0, 0.1]), range: [-45, 45]),
                capsule(footHalfLength, 0.06, friction: friction, at: .numbers([toe, 0, 0.1]), lies: true),
              ]),
          ]),
      ])
  }

  private static func planarModel(
    _ name: String, joint: MJCF, shape: MJCF, floor: MJCF, legs: [MJCF], motors: [MJCF]
  ) -> MJCF {
    MJCF(
      "mujoco", ["model": .word(name)],
      [
        MJCF("compiler", ["angle": "degree", "inertiafromgeom": true]),
        MJCF("option", ["timestep": 0.002, "integrator": "RK4"]), MJCF("default", [:], [joint, shape]),
        MJCF(
          "worldbody", [:],
          [
            floor,
            .body(
              "torso", at: [0, 0, 1.25],
              [
                .root("rootx", "slide", axis: [1, 0, 0], at: [0, 0, -1.25]),
                .root("rootz", "slide", axis: [0, 0, 1], at: [0, 0, -1.25], reference: 1.25),
                .root("rooty", "hinge", axis: [0, 1, 0]), capsule(0.19999999999999996, 0.05, friction: 0.9),
              ] + legs),
          ]),
        MJCF("actuator", [:], motors),
      ])
  }

  private static var hopperModel: MJCF {
    planarModel(
      "hopper", joint: MJCF("joint", ["armature": 1, "damping": 1, "limited": true]),
      shape: MJCF(
        "geom",
        [
          "conaffinity": 1, "condim": 1, "contype": 1, "margin": margin(0.001), "solimp": [0.8, 0.8, 0.01],
          "solref": [0.02, 1],
        ]),
      floor: MJCF("geom", ["type": "plane", "size": [20, 20, 0.125], "condim": 3]),
      legs: [leg("", foot: 0.13, footHalfLength: 0.195, friction: 2, at: -0.065)],
      motors: ["thigh", "leg", "foot"].map { .motor($0, gear: 200) })
  }

  private static var walkerModel: MJCF {
    planarModel(
      "walker", joint: MJCF("joint", ["armature": 0.01, "damping": 0.1, "limited": true]),
      shape: MJCF(
        "geom",
        ["conaffinity": 0, "condim": 3, "contype": 1, "density": 1000, "friction": [0.7, 0.1, 0.1]]),
      floor: MJCF("geom", ["type": "plane", "size": [40, 40, 40], "conaffinity": 1]),
      legs: [
        leg("", foot: 0.2, footHalfLength: 0.1, friction: 0.9, at: -0.1),
        leg("_left", foot: 0.2, footHalfLength: 0.1, friction: 1.9, at: -0.1),
      ],
      motors: ["", "_left"].flatMap { side in ["thigh", "leg", "foot"].map { .motor($0 + side, gear: 100) } })
  }
}
