import MetaRL

/// Every family of robots, with or without the engine.
public let locomotionFamilies: [any TaskFamily] =
  HalfCheetahVelocity.Variant.allCases.map { HalfCheetahVelocity($0) }
  + HalfCheetahDirection.Variant.allCases.map { HalfCheetahDirection($0) } + [HalfCheetahDisabledJoint()]
  + AntRunning.Variant.allCases.map { AntRunning($0) } + [AntGoal()]
  + [AntRing(reportedReward: .dense), AntRing(reportedReward: .sparse), HumanoidDirection()]
  + RandomParameters.Body.allCases.map { RandomParameters($0) }

/// By family: the mean of returns of acting at random and its standard error, as `LocomotionAnchorMeasurement` prints
/// them, and the digest of trajectories that release 2.2.2 computes.
private let measured: [String: (mean: Double, error: Double, digest: String)] = [
  "half-cheetah-velocity": (-361.7, 4.9, "41227275632cd5c8"),
  "half-cheetah-velocity-promp": (-174.85, 2.4, "c7341e4411fb98cb"),
  "half-cheetah-velocity-deleu": (-263.31, 2.9, "439cec34ca2435d8"),
  "half-cheetah-velocity-maml": (-257.9, 3.8, "85d87a4d7256348c"),
  "half-cheetah-direction": (-29.798, 1.4, "1812dad3aff49338"),
  "half-cheetah-direction-promp": (-15.663, 0.99, "34d776ebf56c5497"),
  "half-cheetah-direction-maml": (-29.8, 2.7, "0df3a3de3eff1fd0"),
  "half-cheetah-disabled-joint": (-241.9, 4.6, "57f9a9b7d2479eca"),
  "ant-velocity": (-85.9, 10, "1863edc8aedb7285"),
  "ant-forward-backward-maml": (2.5, 3.7, "41ad26bcd8f126a5"),
  "ant-forward-backward": (-65.8, 4.1, "5eec447b1af34104"),
  "ant-forward-backward-promp": (-65.8, 4.1, "4337391b7b2e0f48"),
  "ant-direction": (-62.6, 4.1, "b1a34e30af65aec0"),
  "ant-goal": (-844, 26, "e96f45f023613506"),
  "ant-ring": (292.4, 4.3, "2eb6c327ef198468"),
  "ant-ring-sparse": (294.1, 3.9, "2eb6c327ef198468"),
  "humanoid-direction": (108.3, 2.3, "1ab7ab0d6883d74a"),
  "hopper-random-parameters": (14.95, 0.98, "6007c132f4580f08"),
  "walker-random-parameters": (1.43, 0.65, "f7811e86bfd6a6d0"),
]

extension FamilyCard.Anchor {
  /// A return that nobody has measured.
  fileprivate static var unknown: Self { .init(.nan, computation: "not measured") }

  /// The mean return over both directions of open-loop gaits that know the direction; learners can exceed it.
  fileprivate static func gaits(_ value: Double, standardError: Double) -> Self {
    .init(
      value, standardError: standardError,
      computation: "simulation with MuJoCo 2.2.2: gaits found by search, which know the direction and see nothing")
  }

  /// The return of the paper's oracle over 40 tasks.
  fileprivate static func published(_ value: Double, deviation: Double) -> Self {
    .init(
      value, standardError: deviation / 40.0.squareRoot(),
      computation: "the oracle of \(finn), raw results of Figure 5, with a MuJoCo of 2017")
  }

  /// A return that no agent can exceed.
  fileprivate static func bound(_ value: Double, _ reason: String) -> Self {
    .init(value, computation: "an upper bound, not an agent: " + reason)
  }
}

extension FamilyCard {
  /// The card of a family that MuJoCo computes.
  fileprivate init(
    _ name: String, _ summary: String, source: String, actionScale: Double = 1, episodesPerLifetime: Int = 40,
    oracle: Anchor, keepsRewardsWithinEpisodes: Bool = false
  ) {
    let known = measured[name]
    let random = known.map {
      Anchor(
        $0.mean, standardError: $0.error,
        computation: "simulation with MuJoCo 2.2.2, actions from a standard normal distribution")
    }
    self.init(
      name: name, version: 1, summary: summary, source: source, actionScale: actionScale,
      episodesPerLifetime: episodesPerLifetime,
      random: random ?? .unknown, oracle: oracle,
      trajectoryHash: (Physics.versionNumber == 222 ? known?.digest : nil)
        ?? "unpinned with MuJoCo \(Physics.version)",
      keepsRewardsWithinEpisodes: keepsRewardsWithinEpisodes,
      // Each release computes slightly other numbers, so results state it.
      software: Physics.isAvailable ? [SoftwareVersion(name: "mujoco", version: Physics.version)] : [])
  }
}

private let finn = "Finn et al. 2017, arXiv:1703.03400"
private let rothfuss = "Rothfuss et al. 2019, arXiv:1810.06784"
private let rakelly = "Rakelly et al. 2019, arXiv:1903.08254"
private let nagabandi = "Nagabandi et al. 2019, arXiv:1803.11347"
private let gupta = "Gupta et al. 2018, arXiv:1802.07245"
private let twoTasks = " Test tasks are training tasks."

extension HalfCheetahVelocity {
  public var card: FamilyCard {
    let bound = FamilyCard.Anchor.bound(0, "the speed that is wanted from the first step on, at no cost")
    switch variant {
    case .pearl:
      return FamilyCard(
        "half-cheetah-velocity", "A half-cheetah runs at a hidden target speed from 0 to 3.",
        source: "\(rakelly), the authors' code; Zintgraf et al. 2020, arXiv:1910.08348", oracle: bound)
    case .promp:
      return FamilyCard(
        "half-cheetah-velocity-promp", "A half-cheetah runs at a hidden target speed from 0 to 3 for 100 steps.",
        source: "\(rothfuss), the authors' code", oracle: bound)
    case .deleu:
      return FamilyCard(
        "half-cheetah-velocity-deleu", "A half-cheetah runs at a hidden target speed from 0 to 2.",
        source: "\(finn), in Deleu's PyTorch edition", oracle: bound)
    case .maml:
      return FamilyCard(
        "half-cheetah-velocity-maml",
        "A half-cheetah runs at a hidden target speed from 0 to 2 in steps of 0.01 s.",
        source: "\(finn), the authors' code", oracle: bound)
    }
  }
}

extension HalfCheetahDirection {
  public var card: FamilyCard {
    func summary(_ manner: String = "") -> String {
      "A half-cheetah runs forward or backward\(manner); the direction is hidden." + twoTasks
    }
    switch variant {
    case .pearl:
      return FamilyCard(
        "half-cheetah-direction", summary(), source: "\(rakelly), the authors' code",
        oracle: .gaits(676.0, standardError: 4.5))
    case .promp:
      return FamilyCard(
        "half-cheetah-direction-promp", summary(" for 100 steps"), source: "\(rothfuss), the authors' code",
        oracle: .gaits(299.3, standardError: 3.5))
    case .maml:
      return FamilyCard(
        "half-cheetah-direction-maml", summary(" in steps of 0.01 s"), source: "\(finn), the authors' code",
        oracle: .published(442.691, deviation: 27.035))
    }
  }
}

extension HalfCheetahDisabledJoint {
  public var card: FamilyCard {
    FamilyCard(
      "half-cheetah-disabled-joint",
      "A half-cheetah runs forward with a hidden disabled motor: of joints 1 to 5 in training, of joint 0 in test.",
      source: "\(nagabandi), the authors' code; the test joint is ours", episodesPerLifetime: 5, oracle: .unknown,
      keepsRewardsWithinEpisodes: true)
  }
}

extension AntRunning {
  public var card: FamilyCard {
    let summary = "An ant runs forward or backward; the direction is hidden."
    switch variant {
    case .velocity:
      return FamilyCard(
        "ant-velocity", "An ant runs at a hidden target speed from 0 to 3.",
        source: "\(finn), the authors' code",
        oracle: .bound(210, "the speed that is wanted from the first step on, at no cost"))
    case .forwardBackwardOfMAML:
      return FamilyCard(
        "ant-forward-backward-maml", summary + twoTasks, source: "\(finn), the authors' code",
        oracle: .published(524.797, deviation: 40.003))
    case .forwardBackward:
      return FamilyCard(
        "ant-forward-backward", summary + twoTasks,
        source: "\(rakelly), the authors' code, ant-dir with the flag forward_backward",
        oracle: .gaits(278.0, standardError: 2.3))
    case .forwardBackwardOfProMP:
      return FamilyCard(
        "ant-forward-backward-promp", summary + " Contact forces are observed." + twoTasks,
        source: "\(rothfuss), the authors' code", oracle: .gaits(278.0, standardError: 2.3))
    case .direction:
      return FamilyCard(
        "ant-direction", "An ant runs in a hidden direction of the plane.",
        source: "\(rakelly), the authors' code, ant-dir without the flag, with any number of tasks",
        oracle: .unknown)
    }
  }
}

extension AntGoal {
  public var card: FamilyCard {
    FamilyCard(
      "ant-goal", "An ant moves to a hidden goal within 3 of its start.",
      source: "\(rothfuss) and \(rakelly), the authors' code",
      oracle: .bound(0, "at the goal from the first step on, at no cost"))
  }
}

extension AntRing {
  public var card: FamilyCard {
    let bound = FamilyCard.Anchor.bound(810, "at the goal from the first step on, at no cost")
    switch reportedReward {
    case .dense:
      return FamilyCard(
        "ant-ring", "A low-torque ant moves to a hidden goal on a half circle of radius 2.",
        source: "\(gupta), the authors' code, AntEnvRandGoalRing", oracle: bound)
    case .sparse:
      return FamilyCard(
        "ant-ring-sparse",
        "A low-torque ant finds a hidden goal on a half circle of radius 2; reward only within 0.8 of it.",
        source: "\(gupta), the authors' code, AntEnvRandGoalRing, sparse", oracle: bound)
    }
  }
}

extension HumanoidDirection {
  public var card: FamilyCard {
    FamilyCard(
      "humanoid-direction", "A humanoid walks in a hidden direction.",
      source: "\(rakelly), the authors' code, humanoid-dir", actionScale: Robot.humanoid.actionScale,
      oracle: .unknown)
  }
}

extension RandomParameters {
  public var card: FamilyCard {
    switch body {
    case .hopper:
      return FamilyCard(
        "hopper-random-parameters", "A hopper with hidden masses, inertias, dampings and frictions hops forward.",
        source: "\(rakelly), with the authors' rand_param_envs", oracle: .unknown)
    case .walker:
      return FamilyCard(
        "walker-random-parameters",
        "A two-legged walker with hidden masses, inertias, dampings and frictions walks forward.",
        source: "\(rakelly), with the authors' rand_param_envs", oracle: .unknown)
    }
  }
}
