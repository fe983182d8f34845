import MetaRL

/// Every locomotion family.
public let locomotionFamilies: [any TaskFamily] =
  HalfCheetahVelocity.Variant.allCases.map { HalfCheetahVelocity($0) }
  + HalfCheetahDirection.Variant.allCases.map { HalfCheetahDirection($0) }
  + AntRunning.Variant.allCases.map { AntRunning($0) } + [AntGoal()]
  + [AntRing(reportedReward: .dense), AntRing(reportedReward: .sparse), HumanoidDirection()]
  + RandomParameters.Body.allCases.map { RandomParameters($0) }

/// What was measured of a family: with MuJoCo 3.3.7, unless another release is named.
private struct Measured {
  var random: FamilyCard.Anchor
  var oracle: FamilyCard.Anchor
  /// The digests of trajectories by release of the engine.
  var hashes: [Int: String]

  init(random: Double, error: Double, oracle: FamilyCard.Anchor, hashes: [Int: String] = [:]) {
    self.random = .init(
      random, standardError: error,
      computation: "simulation with MuJoCo 3.3.7, actions from a standard normal distribution")
    self.oracle = oracle
    self.hashes = hashes
  }

  /// A return that no agent can exceed.
  static func bound(_ value: Double, _ reason: String) -> FamilyCard.Anchor {
    .init(value, computation: "an upper bound, not an agent: " + reason)
  }

  /// What an upright robot earns that does nothing else.
  static func standing(_ value: Double, error: Double = 0, _ how: String) -> FamilyCard.Anchor {
    .init(value, standardError: error, computation: "standing still, which agents that move can exceed: " + how)
  }
}

extension FamilyCard {
  /// The card of a family that MuJoCo computes.
  fileprivate init(_ name: String, _ summary: String, source: String, actionScale: Double = 1, _ measured: Measured)
  {
    self.init(
      name: name, version: 1, summary: summary, source: source, actionScale: actionScale, episodesPerLifetime: 40,
      random: measured.random, oracle: measured.oracle,
      trajectoryHash: measured.hashes[Physics.versionNumber] ?? "unpinned with MuJoCo \(Physics.version)")
  }
}

private let finn = "Finn et al. 2017, arXiv:1703.03400"
private let rothfuss = "Rothfuss et al. 2019, arXiv:1810.06784"
private let rakelly = "Rakelly et al. 2019, arXiv:1903.08254"
private let gupta = "Gupta et al. 2018, arXiv:1802.07245"
private let twoTasks = " Test tasks are the tasks of training."

extension HalfCheetahVelocity {
  /// What the family is.
  public var card: FamilyCard {
    let bound = Measured.bound(0, "the speed that is wanted from the first step on, at no cost")
    switch variant {
    case .pearl:
      return FamilyCard(
        "half-cheetah-velocity", "A half-cheetah runs at a speed from 0 to 3 that it is not told.",
        source: "\(rakelly), the authors' code; Zintgraf et al. 2020, arXiv:1910.08348",
        Measured(random: -1, error: 1, oracle: bound))
    case .promp:
      return FamilyCard(
        "half-cheetah-velocity-promp",
        "A half-cheetah runs at a speed from 0 to 3 that it is not told, for 100 steps.",
        source: "\(rothfuss), the authors' code", Measured(random: -1, error: 1, oracle: bound))
    case .deleu:
      return FamilyCard(
        "half-cheetah-velocity-deleu", "A half-cheetah runs at a speed from 0 to 2 that it is not told.",
        source: "\(finn), in Deleu's PyTorch edition", Measured(random: -1, error: 1, oracle: bound))
    case .maml:
      return FamilyCard(
        "half-cheetah-velocity-maml",
        "A half-cheetah runs at a speed from 0 to 2 that it is not told, in steps of 0.01 s.",
        source: "\(finn), the authors' code", Measured(random: -1, error: 1, oracle: bound))
    }
  }
}

extension HalfCheetahDirection {
  /// What the family is.
  public var card: FamilyCard {
    let summary = "A half-cheetah runs forwards or backwards and is not told which"
    switch variant {
    case .pearl:
      return FamilyCard(
        "half-cheetah-direction", summary + "." + twoTasks, source: "\(rakelly), the authors' code",
        Measured(random: -1, error: 1, oracle: .init(0, computation: "")))
    case .promp:
      return FamilyCard(
        "half-cheetah-direction-promp", summary + ", for 100 steps." + twoTasks,
        source: "\(rothfuss), the authors' code",
        Measured(random: -1, error: 1, oracle: .init(0, computation: "")))
    case .maml:
      return FamilyCard(
        "half-cheetah-direction-maml", summary + ", in steps of 0.01 s." + twoTasks,
        source: "\(finn), the authors' code", Measured(random: -1, error: 1, oracle: .init(0, computation: "")))
    }
  }
}

extension AntRunning {
  /// What the family is.
  public var card: FamilyCard {
    let summary = "An ant runs forwards or backwards and is not told which."
    let zero = "simulation of actions of 0"
    switch variant {
    case .velocity:
      return FamilyCard(
        "ant-velocity", "An ant runs at a speed from 0 to 3 that it is not told.",
        source: "\(finn), the authors' code",
        Measured(
          random: -1, error: 1,
          oracle: Measured.bound(210, "the speed that is wanted from the first step on, at no cost")))
    case .forwardBackwardOfMAML:
      return FamilyCard(
        "ant-forward-backward-maml", summary + twoTasks, source: "\(finn), the authors' code",
        Measured(random: -1, error: 1, oracle: Measured.standing(0, zero)))
    case .forwardBackward:
      return FamilyCard(
        "ant-forward-backward", summary + twoTasks,
        source: "\(rakelly), the authors' code, ant-dir with the flag forward_backward",
        Measured(random: -1, error: 1, oracle: Measured.standing(0, zero)))
    case .forwardBackwardOfProMP:
      return FamilyCard(
        "ant-forward-backward-promp", summary + " It feels contacts." + twoTasks,
        source: "\(rothfuss), the authors' code", Measured(random: -1, error: 1, oracle: Measured.standing(0, zero))
      )
    case .direction:
      return FamilyCard(
        "ant-direction", "An ant runs in a direction of the plane that it is not told.",
        source: "\(rakelly), the authors' code, ant-dir without the flag, with any number of tasks",
        Measured(random: -1, error: 1, oracle: Measured.standing(0, zero)))
    }
  }
}

extension AntGoal {
  /// What the family is.
  public var card: FamilyCard {
    FamilyCard(
      "ant-goal", "An ant goes to a place within 3 of its start that it is not told.",
      source: "\(rothfuss) and \(rakelly), the authors' code",
      Measured(random: -1, error: 1, oracle: Measured.bound(0, "at the goal from the first step on, at no cost")))
  }
}

extension AntRing {
  /// What the family is.
  public var card: FamilyCard {
    let bound = Measured.bound(810, "at the goal from the first step on, at no cost")
    switch reportedReward {
    case .dense:
      return FamilyCard(
        "ant-ring", "A weak ant goes to a place on a half circle of radius 2 that it is not told.",
        source: "\(gupta), the authors' code, AntEnvRandGoalRing", Measured(random: -1, error: 1, oracle: bound))
    case .sparse:
      return FamilyCard(
        "ant-ring-sparse",
        "A weak ant goes to a place on a half circle of radius 2 that it only feels within 0.8 of it.",
        source: "\(gupta), the authors' code, AntEnvRandGoalRing, sparse",
        Measured(random: -1, error: 1, oracle: bound))
    }
  }
}

extension HumanoidDirection {
  /// What the family is.
  public var card: FamilyCard {
    FamilyCard(
      "humanoid-direction", "A humanoid walks in a direction that it is not told.",
      source: "\(rakelly), the authors' code, humanoid-dir", actionScale: Robot.humanoid.actionScale,
      Measured(
        random: -1, error: 1,
        oracle: Measured.standing(1000, "5 in each of 200 steps, without costs; not simulated")))
  }
}

extension RandomParameters {
  /// What the family is.
  public var card: FamilyCard {
    let standing = Measured.standing(200, "1 in each of 200 steps, without costs; not simulated")
    switch body {
    case .hopper:
      return FamilyCard(
        "hopper-random-parameters", "A hopper of unknown masses, inertias, dampings and frictions hops forwards.",
        source: "\(rakelly), with the authors' rand_param_envs",
        Measured(random: -1, error: 1, oracle: standing))
    case .walker:
      return FamilyCard(
        "walker-random-parameters",
        "A two-legged walker of unknown masses, inertias, dampings and frictions walks forwards.",
        source: "\(rakelly), with the authors' rand_param_envs",
        Measured(random: -1, error: 1, oracle: standing))
    }
  }
}
