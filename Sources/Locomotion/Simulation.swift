#if MuJoCo
  import CMuJoCo

  package enum Physics {
    /// Whether this program was built with it.
    package static let isAvailable = true

    /// Its release as a number that grows with releases: 222 is 2.2.2, and 3005000 is 3.5.0.
    package static var versionNumber: Int { Int(cm_version()) }

    /// Throws if the library and the headers are of different releases, whose structures differ.
    ///
    /// Compilers keep what they made of a header, so this also finds builds that have seen two.
    ///
    /// - Throws: `PhysicsError`.
    fileprivate static func checkVersions() throws {
      let versions = [Int(mjVERSION_HEADER), Int(cm_header_version()), versionNumber]
      guard Set(versions).count == 1 else {
        throw PhysicsError(
          description:
            "the program was compiled with headers of MuJoCo \(text(versions[0])) and \(text(versions[1])), "
            + "and runs with the library of \(text(versions[2])); delete the build directory and build again")
      }
    }
  }

  /// A robot as the engine has compiled it; never changed, so that threads share it.
  package final class CompiledModel: @unchecked Sendable {
    package let facts: ModelFacts
    fileprivate let model: UnsafeMutablePointer<mjModel>

    /// Compiles a model's text.
    ///
    /// - Parameters:
    ///   - text: in the engine's format.
    ///   - totalMass: what all masses and inertias are scaled to, if not as they are.
    /// - Throws: `PhysicsError` if the engine refuses it.
    package init(_ text: String, totalMass: Double? = nil) throws {
      try Physics.checkVersions()
      var message = [CChar](repeating: 0, count: 1000)
      guard let model = cm_model(text, &message, Int32(message.count)) else {
        throw PhysicsError(description: "MuJoCo \(Physics.version) refuses a model: \(words(message))")
      }
      if let totalMass, let data = mj_makeData(model) {
        // In these two steps, and not by a density, the bits are those of the reference model.
        mj_setTotalmass(model, totalMass)
        mj_setConst(model, data)
        mj_deleteData(data)
      }
      self.model = model
      facts = ModelFacts(model.pointee)
    }

    /// A copy whose masses, inertias, dampings and frictions are multiplied.
    ///
    /// What the engine had derived from them, such as inverse weights, stays that of the original.
    ///
    /// - Throws: `PhysicsError` if there is no memory.
    init(_ base: CompiledModel, times factors: PhysicsFactors) throws {
      guard let model = mj_copyModel(nil, base.model) else {
        throw PhysicsError(description: "MuJoCo has no memory for a model")
      }
      func multiply(_ numbers: UnsafeMutablePointer<Double>?, by factors: [Double]) {
        for (index, factor) in factors.enumerated() { numbers?[index] *= factor }
      }
      multiply(model.pointee.body_mass, by: factors.masses)
      multiply(model.pointee.body_inertia, by: factors.inertias)
      multiply(model.pointee.dof_damping, by: factors.dampings)
      multiply(model.pointee.geom_friction, by: factors.frictions)
      self.model = model
      facts = ModelFacts(model.pointee)
    }

    deinit { mj_deleteModel(model) }
  }

  /// One robot in motion: room for the engine to compute in.
  ///
  /// No state in it outlives a step, since lanes keep theirs and load it. One thread uses it at a time: an environment
  /// that shares it with a copy of itself makes another before it steps.
  package final class Simulation: @unchecked Sendable {
    /// The model that it was last loaded with; all have the same sizes.
    private(set) var model: CompiledModel
    private let data: UnsafeMutablePointer<mjData>
    private var message = [CChar](repeating: 0, count: 1000)

    /// Room for models of the sizes of this one.
    ///
    /// - Throws: `PhysicsError` if there is no memory.
    package init(_ model: CompiledModel) throws {
      self.model = model
      guard let data = cm_data(model.model, &message, Int32(message.count)) else {
        throw PhysicsError(description: "MuJoCo: \(words(message))")
      }
      self.data = data
    }

    deinit { mj_deleteData(data) }

    /// A fresh start.
    ///
    /// - Returns: whether the engine can compute with such a state.
    /// - Throws: `PhysicsError` if the engine gives up; then this simulation cannot be used any more.
    package func start(
      _ model: CompiledModel, positions: [Double], velocities: [Double], extras: PhysicsExtras
    ) throws -> Bool {
      self.model = model
      return try isStable(
        cm_start(model.model, data, positions, velocities, extras.rawValue, &message, Int32(message.count)))
    }

    /// Physics steps from a state that `save` has written.
    ///
    /// - Returns: whether the simulation has remained stable; if not, its numbers mean nothing.
    /// - Throws: `PhysicsError` if the engine gives up; then this simulation cannot be used any more.
    package func step(
      _ model: CompiledModel, from state: UnsafePointer<Double>, controls: [Double], count: Int,
      extras: PhysicsExtras
    ) throws -> Bool {
      self.model = model
      let (nq, nv) = (model.facts.positionCount, model.facts.velocityCount)
      data.pointee.qpos.update(from: state, count: nq)
      data.pointee.qvel.update(from: state + nq, count: nv)
      data.pointee.qacc_warmstart.update(from: state + nq + nv, count: nv)
      data.pointee.ctrl.update(from: controls, count: model.facts.motorCount)
      data.pointee.time = 0
      return try isStable(cm_step(model.model, data, Int32(count), extras.rawValue, &message, Int32(message.count)))
    }

    /// Writes all that the next step depends on: positions, velocities, and where the engine's solver starts from.
    package func save(to state: UnsafeMutablePointer<Double>) {
      let (nq, nv) = (model.facts.positionCount, model.facts.velocityCount)
      state.update(from: data.pointee.qpos, count: nq)
      (state + nq).update(from: data.pointee.qvel, count: nv)
      (state + nq + nv).update(from: data.pointee.qacc_warmstart, count: nv)
    }

    private func isStable(_ outcome: cm_outcome) throws -> Bool {
      guard outcome.rawValue != CM_FAILED.rawValue else {
        throw PhysicsError(description: "MuJoCo \(Physics.version): \(words(message))")
      }
      return outcome.rawValue == CM_DONE.rawValue
    }

    subscript(quantity: PhysicsQuantity) -> Numbers {
      let (bodies, shapes) = (model.facts.bodyCount, model.facts.shapes.count)
      let d = data.pointee
      switch quantity {
      case .positions: return Numbers(start: d.qpos, count: model.facts.positionCount)
      case .velocities: return Numbers(start: d.qvel, count: model.facts.velocityCount)
      case .bodyPositions: return Numbers(start: d.xpos, count: 3 * bodies)
      case .bodyFrames: return Numbers(start: d.xmat, count: 9 * bodies)
      case .bodyCenters: return Numbers(start: d.xipos, count: 3 * bodies)
      case .subtreeCenters: return Numbers(start: d.subtree_com, count: 3 * bodies)
      case .subtreeVelocities: return Numbers(start: d.subtree_linvel, count: 3 * bodies)
      case .contactForces: return Numbers(start: d.cfrc_ext, count: 6 * bodies)
      case .inertias: return Numbers(start: d.cinert, count: 10 * bodies)
      case .bodyVelocities: return Numbers(start: d.cvel, count: 6 * bodies)
      case .motorForces: return Numbers(start: d.qfrc_actuator, count: model.facts.velocityCount)
      case .shapePositions: return Numbers(start: d.geom_xpos, count: 3 * shapes)
      case .shapeFrames: return Numbers(start: d.geom_xmat, count: 9 * shapes)
      }
    }
  }

  extension ModelFacts {
    fileprivate init(_ m: mjModel) {
      let (bodies, shapes, joints) = (Int(m.nbody), Int(m.ngeom), Int(m.njnt))
      let (positions, velocities, motors) = (Int(m.nq), Int(m.nv), Int(m.nu))
      func array(_ numbers: UnsafeMutablePointer<Double>?, _ count: Int) -> [Double] {
        Array(UnsafeBufferPointer(start: numbers, count: count))
      }
      func array(_ numbers: UnsafeMutablePointer<Int32>?, _ count: Int) -> [Double] {
        UnsafeBufferPointer(start: numbers, count: count).map { Double($0) }
      }
      self.init(
        positionCount: positions, velocityCount: velocities, motorCount: motors, bodyCount: bodies,
        initialPositions: array(m.qpos0, positions), masses: array(m.body_mass, bodies),
        shapes: (0..<shapes).map { shape in
          let type = UInt32(bitPattern: m.geom_type[shape])
          return Shape(
            body: Int(m.geom_bodyid[shape]),
            radius: type == UInt32(mjGEOM_PLANE.rawValue) ? nil : m.geom_size[3 * shape],
            halfLength: type == UInt32(mjGEOM_CAPSULE.rawValue) ? m.geom_size[3 * shape + 1] : 0)
        },
        fields: [
          "opt.timestep": [m.opt.timestep], "opt.integrator": [Double(m.opt.integrator)],
          "opt.solver": [Double(m.opt.solver)], "opt.iterations": [Double(m.opt.iterations)],
          "qpos0": array(m.qpos0, positions), "body_pos": array(m.body_pos, 3 * bodies),
          "body_quat": array(m.body_quat, 4 * bodies), "body_ipos": array(m.body_ipos, 3 * bodies),
          "body_iquat": array(m.body_iquat, 4 * bodies), "body_mass": array(m.body_mass, bodies),
          "body_inertia": array(m.body_inertia, 3 * bodies),
          "body_invweight0": array(m.body_invweight0, 2 * bodies),
          "jnt_type": array(m.jnt_type, joints), "jnt_pos": array(m.jnt_pos, 3 * joints),
          "jnt_axis": array(m.jnt_axis, 3 * joints), "jnt_range": array(m.jnt_range, 2 * joints),
          "jnt_stiffness": array(m.jnt_stiffness, joints), "jnt_margin": array(m.jnt_margin, joints),
          "jnt_solref": array(m.jnt_solref, 2 * joints), "jnt_solimp": array(m.jnt_solimp, 5 * joints),
          "qpos_spring": array(m.qpos_spring, positions), "dof_armature": array(m.dof_armature, velocities),
          "dof_damping": array(m.dof_damping, velocities), "dof_invweight0": array(m.dof_invweight0, velocities),
          "geom_type": array(m.geom_type, shapes), "geom_condim": array(m.geom_condim, shapes),
          "geom_contype": array(m.geom_contype, shapes), "geom_conaffinity": array(m.geom_conaffinity, shapes),
          "geom_size": array(m.geom_size, 3 * shapes), "geom_pos": array(m.geom_pos, 3 * shapes),
          "geom_quat": array(m.geom_quat, 4 * shapes), "geom_friction": array(m.geom_friction, 3 * shapes),
          "geom_margin": array(m.geom_margin, shapes), "geom_solref": array(m.geom_solref, 2 * shapes),
          "geom_solimp": array(m.geom_solimp, 5 * shapes), "actuator_gear": array(m.actuator_gear, 6 * motors),
          "actuator_ctrlrange": array(m.actuator_ctrlrange, 2 * motors),
        ])
    }
  }

  private func words(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      .split(separator: "\n").joined(separator: " ")
  }
#endif
