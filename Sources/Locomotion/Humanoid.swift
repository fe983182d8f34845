extension Robot {
  /// A humanoid (Tassa et al., 2012): thirteen bodies, seventeen motors; every five physics steps of 0.003 s.
  ///
  /// An action of 1 is 0.4 of the motors' units.
  package static let humanoid = Robot(
    model: humanoidModel, timestep: 0.003, physicsSteps: 5, positionNoise: .uniform(0.01),
    velocityNoise: .uniform(0.01), actionScale: 0.4, place: .centerOfMass, extras: .contactForces)

  private static func joint(
    _ name: String, axis: MJCF.Value, range: MJCF.Value, armature: Double, damping: Double? = nil,
    stiffness: Double? = nil, at position: MJCF.Value = [0, 0, 0]
  ) -> MJCF {
    MJCF(
      "joint",
      [
        "name": .word(name), "type": "hinge", "axis": axis, "range": range, "pos": position,
        "armature": .numbers([armature]), "damping": .numbers([damping ?? 1]),
        "stiffness": .numbers([stiffness ?? 0]),
      ])
  }

  private static func limb(_ ends: [Double], _ radius: Double) -> MJCF {
    MJCF("geom", ["type": "capsule", "fromto": .numbers(ends), "size": .numbers([radius])])
  }

  private static func ball(_ position: MJCF.Value, _ radius: Double) -> MJCF {
    MJCF("geom", ["type": "sphere", "pos": position, "size": .numbers([radius])])
  }

  /// The leg of a side: -1 is the right one.
  private static func humanoidLeg(_ name: String, _ side: Double) -> MJCF {
    .body(
      "\(name)_thigh", at: .numbers([0, 0.1 * side, -0.04]),
      [
        joint(
          "\(name)_hip_x", axis: .numbers([-side, 0, 0]), range: [-25, 5], armature: 0.01, damping: 5, stiffness: 10
        ),
        joint(
          "\(name)_hip_z", axis: .numbers([0, 0, -side]), range: [-60, 35], armature: 0.01, damping: 5,
          stiffness: 10),
        // The published model has a lighter right hip, and a left knee with a spring.
        joint(
          "\(name)_hip_y", axis: [0, 1, 0], range: [-110, 20], armature: side < 0 ? 0.008 : 0.01, damping: 5,
          stiffness: 20),
        limb([0, 0, 0, 0, -0.01 * side, -0.34], 0.06),
        .body(
          "\(name)_shin", at: .numbers([0, -0.01 * side, -0.403]),
          [
            joint(
              "\(name)_knee", axis: [0, -1, 0], range: [-160, -2], armature: 0.006, stiffness: side < 0 ? 0 : 1,
              at: [0, 0, 0.02]),
            limb([0, 0, 0, 0, 0, -0.3], 0.049),
            .body("\(name)_foot", at: [0, 0, -0.45], [ball([0, 0, 0.1], 0.075)]),
          ]),
      ])
  }

  /// The arm of a side: -1 is the right one.
  private static func humanoidArm(_ name: String, _ side: Double) -> MJCF {
    let range: MJCF.Value = side < 0 ? [-85, 60] : [-60, 85]
    return .body(
      "\(name)_upper_arm", at: .numbers([0, 0.17 * side, 0.06]),
      [
        joint("\(name)_shoulder1", axis: .numbers([2, -side, 1]), range: range, armature: 0.0068, stiffness: 1),
        joint("\(name)_shoulder2", axis: .numbers([0, side, 1]), range: range, armature: 0.0051, stiffness: 1),
        limb([0, 0, 0, 0.16, 0.16 * side, -0.16], 0.04),
        .body(
          "\(name)_lower_arm", at: .numbers([0.18, 0.18 * side, -0.18]),
          [
            joint("\(name)_elbow", axis: .numbers([0, -1, -side]), range: [-90, 50], armature: 0.0028),
            limb([0.01, -0.01 * side, 0.01, 0.17, -0.17 * side, 0.17], 0.031),
            ball(.numbers([0.18, -0.18 * side, 0.18]), 0.04),
          ]),
      ])
  }

  private static var humanoidModel: MJCF {
    let pelvis = MJCF(
      "body", ["name": "pelvis", "pos": [0, 0, -0.165], "quat": [1, 0, -0.002, 0]],
      [
        joint(
          "abdomen_x", axis: [1, 0, 0], range: [-35, 35], armature: 0.02, damping: 5, stiffness: 10,
          at: [0, 0, 0.1]),
        limb([-0.02, -0.07, 0, -0.02, 0.07, 0], 0.09), humanoidLeg("right", -1), humanoidLeg("left", 1),
      ])
    let waist = MJCF(
      "body", ["name": "lwaist", "pos": [-0.01, 0, -0.26], "quat": [1, 0, -0.002, 0]],
      [
        limb([0, -0.06, 0, 0, 0.06, 0], 0.06),
        joint(
          "abdomen_z", axis: [0, 0, 1], range: [-45, 45], armature: 0.02, damping: 5, stiffness: 20,
          at: [0, 0, 0.065]),
        joint(
          "abdomen_y", axis: [0, 1, 0], range: [-75, 30], armature: 0.02, damping: 5, stiffness: 10,
          at: [0, 0, 0.065]), pelvis,
      ])
    let torso = MJCF.body(
      "torso", at: [0, 0, 1.4],
      [
        MJCF("joint", ["name": "root", "type": "free", "limited": false, "armature": 0, "damping": 0]),
        limb([0, -0.07, 0, 0, 0.07, 0], 0.07), ball([0, 0, 0.19], 0.09),
        limb([-0.01, -0.06, -0.12, -0.01, 0.06, -0.12], 0.06), waist, humanoidArm("right", -1),
        humanoidArm("left", 1),
      ])
    func motors(_ gears: KeyValuePairs<String, Double>, _ side: String = "") -> [MJCF] {
      gears.map { .motor(side + $0.key, gear: $0.value, limit: 0.4) }
    }
    let leg: KeyValuePairs<String, Double> = ["hip_x": 100, "hip_z": 100, "hip_y": 300, "knee": 200]
    let arm: KeyValuePairs<String, Double> = ["shoulder1": 25, "shoulder2": 25, "elbow": 25]
    return MJCF(
      "mujoco", ["model": "humanoid"],
      [
        MJCF("compiler", ["angle": "degree", "inertiafromgeom": true]),
        MJCF("option", ["timestep": 0.003, "integrator": "RK4", "solver": "PGS", "iterations": 50]),
        MJCF(
          "default", [:],
          [
            MJCF("joint", ["armature": 1, "damping": 1, "limited": true]),
            MJCF("geom", ["conaffinity": 1, "condim": 1, "contype": 1, "margin": margin(0.001)]),
          ]),
        MJCF(
          "worldbody", [:],
          [
            MJCF(
              "geom", ["type": "plane", "size": [20, 20, 0.125], "condim": 3, "friction": [1, 0.1, 0.1]]), torso,
          ]),
        MJCF(
          "actuator", [:],
          motors(["abdomen_y": 100, "abdomen_z": 100, "abdomen_x": 100]) + motors(leg, "right_")
            + motors(leg, "left_") + motors(arm, "right_") + motors(arm, "left_")),
      ])
  }
}
