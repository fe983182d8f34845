import MetaRL

private enum Side {
  /// From its right, which shows how high it is.
  case right(middleHeight: Double, span: PlaneScene.Point)
  case above(span: PlaneScene.Point)
}

extension FigureScene {
  /// A robot as the engine sees its shapes.
  ///
  /// Coordinates that are not observed are added up from velocities, which is exact enough for a picture.
  fileprivate init(
    _ robot: Robot, observing parts: [ObservationPart], from side: Side, mapsGround: Bool,
    goal: PlaneScene.Point? = nil
  ) {
    let (span, ground): (PlaneScene.Point, Double?) =
      switch side {
      case .right(_, let span): (span, 0)
      case .above(let span): (span, nil)
      }
    self.init(span: span, ground: ground, goal: goal) { episode in
      guard let model = try? robot.compiled.get(), let simulation = try? Simulation(model) else { return [] }
      let rest = [Double](repeating: 0, count: robot.velocityCount)
      return robot.poses(in: episode, observing: parts).compactMap { pose in
        guard (try? simulation.start(model, positions: pose, velocities: rest, extras: [])) == true else {
          return nil
        }
        return simulation.posture(from: side, mapsGround: mapsGround)
      }
    }
  }
}

extension Robot {
  /// The pose after each step of an episode, and before the first.
  fileprivate func poses(in episode: Episode, observing parts: [ObservationPart]) -> [[Double]] {
    guard case .positions(let first)? = parts.first else { return [] }
    let width = episode.observations.count / (episode.stepCount + 1)
    var (unseen, speeds) = ([Double](repeating: 0, count: first), [Double](repeating: 0, count: first))
    return (0...episode.stepCount).map { step in
      let row = episode.observations[step * width..<(step + 1) * width].map { Double($0) }
      let seen = row.prefix(positionCount - first)
      // The first velocities are those of the first coordinates.
      let present = Array(row.dropFirst(seen.count).prefix(first))
      if step > 0 {
        for index in 0..<first { unseen[index] += interval * (speeds[index] + present[index]) / 2 }
      }
      speeds = present
      return unseen + seen
    }
  }
}

extension Simulation {
  fileprivate func posture(from side: Side, mapsGround: Bool) -> FigureScene.Posture {
    let (centers, frames, bodies) = (self[.shapePositions], self[.shapeFrames], self[.bodyPositions])
    let torso = (x: bodies[3], y: bodies[4], z: bodies[5])
    var parts: [FigureScene.Part] = []
    for (number, shape) in model.facts.shapes.enumerated() {
      guard let radius = shape.radius else { continue }
      // The third column of the frame is along the shape.
      let ends = [-shape.halfLength, shape.halfLength].map { (reach: Double) -> PlaneScene.Point in
        func along(_ axis: Int) -> Double { centers[3 * number + axis] + reach * frames[9 * number + 3 * axis + 2] }
        let (x, y, z) = (along(0), along(1), along(2))
        return switch side {
        case .right: PlaneScene.Point(x, z)
        case .above: PlaneScene.Point(x, y)
        }
      }
      let isFar: Bool
      switch side {
      case .right: isFar = centers[3 * number + 1] > torso.y + 0.03
      case .above: isFar = false
      }
      parts.append(FigureScene.Part(from: ends[0], to: ends[1], radius: radius, isFar: isFar))
    }
    let place = PlaneScene.Point(torso.x, mapsGround ? torso.y : torso.z)
    return switch side {
    case .right(let height, _): .init(parts: parts, middle: .init(torso.x, height), place: place)
    case .above: .init(parts: parts, middle: .init(torso.x, torso.y), place: place)
    }
  }
}

private let cheetahSide = Side.right(middleHeight: 0.5, span: .init(2.4, 1.4))
private let walkerSide = Side.right(middleHeight: 0.85, span: .init(2.4, 2.1))
private let antSide = Side.above(span: .init(2.6, 2.6))

extension HalfCheetahVelocity: DrawableFamily {
  public func scene(of task: TaskParameters) -> TaskScene {
    .figure(FigureScene(setting.robot, observing: setting.parts, from: cheetahSide, mapsGround: false))
  }
}

extension HalfCheetahDirection: DrawableFamily {
  public func scene(of task: TaskParameters) -> TaskScene {
    .figure(FigureScene(setting.robot, observing: setting.parts, from: cheetahSide, mapsGround: false))
  }
}

extension HalfCheetahDisabledJoint: DrawableFamily {
  public func scene(of task: TaskParameters) -> TaskScene {
    .figure(FigureScene(setting.robot, observing: setting.parts, from: cheetahSide, mapsGround: false))
  }
}

extension AntRunning: DrawableFamily {
  public func scene(of task: TaskParameters) -> TaskScene {
    .figure(FigureScene(robot, observing: parts, from: antSide, mapsGround: true))
  }
}

extension AntGoal: DrawableFamily {
  /// The ant from above, and its goal on the map.
  public func scene(of task: TaskParameters) -> TaskScene {
    .figure(FigureScene(.ant, observing: Self.parts, from: antSide, mapsGround: true, goal: .init(task.x, task.y)))
  }
}

extension AntRing: DrawableFamily {
  /// The ant from above, and its goal on the map.
  public func scene(of task: TaskParameters) -> TaskScene {
    .figure(
      FigureScene(.weakAnt, observing: Self.parts, from: antSide, mapsGround: true, goal: .init(task.x, task.y)))
  }
}

extension HumanoidDirection: DrawableFamily {
  /// The humanoid from its right, and its way from above.
  public func scene(of task: TaskParameters) -> TaskScene {
    .figure(FigureScene(.humanoid, observing: Self.parts, from: walkerSide, mapsGround: true))
  }
}

extension RandomParameters: DrawableFamily {
  /// The robot from its right; its shape is the same in every task.
  public func scene(of task: TaskParameters) -> TaskScene {
    .figure(FigureScene(robot, observing: Self.parts, from: walkerSide, mapsGround: false))
  }
}
