import Environments
import GymnasiumBridge
import Learners
import Locomotion
import MetaRL
import Zoo

extension Catalog {
  /// Everything that ships with the zoo: the only list of learners and families there is.
  public static var standard: Catalog {
    var catalog = Catalog()
    catalog.addLearners()
    catalog.addFamilies()
    catalog.add(.gymnasium())
    catalog.defaultComparison = Suite(
      learners: ["maml", "fomaml", "average", "pretrained", "scratch", "oracle", "random"],
      families: ["point-navigation"], seeds: [0, 1, 2], episodesPerProbe: 2)
    catalog.standingSuites = [
      StandingSuite(name: "smoke", text: String(decoding: PackageResources.smoke_json5, as: UTF8.self)),
      StandingSuite(name: "laptop", text: String(decoding: PackageResources.laptop_json5, as: UTF8.self)),
      StandingSuite(name: "full", text: String(decoding: PackageResources.full_json5, as: UTF8.self)),
    ]
    return catalog
  }

  private mutating func addLearners() {
    addGradientLearners()
    add(
      "rl2", RL2.self,
      card: LearnerCard(
        summary: "A recurrent network that sees its actions and rewards and keeps its state through the lifetime.",
        adaptsBy: "state of a recurrent network", paper: "Duan et al. 2016, arXiv:1611.02779"))
    addMemories()
    addPresetsOfMemories()
    addBeliefLearners()
    addInContextLearners()
    addOffPolicyMemories()
    addOffPolicyLearners()
    addStructuredExploration()
    addBanditAgents()
    addPlanningAgents()
    addControls()
    addRewardsOfTraining()
    addLocomotionPresets()
  }

  /// Families with a dense reward to be trained by, whose sparse one is reported.
  private static let sparseFamilies = [
    "sparse-point-robot", "sparse-point-robot-wide", "corner-navigation-sparse", "momentum-navigation-sparse",
    "wheeled-robot-lite", "point-ring", "block-pushing-lite", "ant-ring-sparse",
  ]

  private mutating func addStructuredExploration() {
    add(
      "maesn", MAESN.self,
      card: LearnerCard(
        summary: "Learns a policy that sees a latent vector, drawn once an episode, and the vector's distribution.",
        adaptsBy: "gradient step on a latent vector, differentiated",
        paper: "Gupta et al. 2018, arXiv:1802.07245"))
    add(
      "latent-space", MAESN.self,
      card: LearnerCard(
        role: .control, summary: "MAESN without inner steps in training.",
        adaptsBy: "gradient step on a latent's distribution",
        paper: "Gupta et al. 2018, arXiv:1802.07245")
    ) {
      $0.innerSteps = 0
      $0.stepSizes = .fixed
      // What the authors' code has at test.
      $0.innerStepSize = 1
    }
  }

  /// On a sparse family all learners are trained on the dense reward, so that learners are compared.
  ///
  /// Inner steps are taken on the sparse one, as at test: on the dense one, as in the code of Gupta et al., `maesn` learns
  /// steps that do not fit sparse rewards (papers/sparse-exploration/README.md).
  private mutating func addRewardsOfTraining() {
    for family in Self.sparseFamilies {
      addPreset(
        on: family,
        source: "Gupta et al. 2018 and Rakelly et al. 2019, authors' code: dense rewards in meta-training",
        ["trainingReward": "dense"])
    }
  }

  /// RL² with other memories and readouts.
  private mutating func addMemories() {
    add(
      "rl2-hypernetwork", RL2.self,
      card: LearnerCard(
        summary: "RL² whose state generates the weights of the layers that act on observations.",
        adaptsBy: "state of a recurrent network", paper: "Beck et al. 2023, arXiv:2309.14970")
    ) {
      $0.readout = .generated
      $0.readoutSize = 32
    }
    add(
      "rl2-transformer", RL2.self,
      card: LearnerCard(
        summary: "RL² with a causal transformer over the steps of the lifetime.",
        adaptsBy: "attention to earlier steps",
        paper: "Vaswani et al. 2017, arXiv:1706.03762")
    ) {
      $0.memory = .transformer
      $0.outerStepSize = 1e-3
    }
    add(
      "snail", RL2.self,
      card: LearnerCard(
        summary: "RL² with temporal convolutions and attention over the steps of the lifetime.",
        adaptsBy: "attention to earlier steps", paper: "Mishra et al. 2018, arXiv:1707.03141")
    ) {
      $0.memory = .snail
      $0.hiddenSize = 32
      $0.baseline = .shared
    }
    add(
      "trmrl", RL2.self,
      card: LearnerCard(
        summary:
          "A transformer over the last five steps of an episode: nothing is kept from one episode to the next.",
        adaptsBy: "attention to five steps", paper: "Melo 2022, arXiv:2206.06614")
    ) {
      $0.memory = .transformer
      $0.normalization = .none
      $0.positions = .learned
      $0.contextLength = 5
      $0.outerStepSize = 3e-4
      $0.memoryLasts = .episode
    }
  }

  private mutating func addPresetsOfMemories() {
    let problems = Self.bandits.map(\.card.name) + Self.processes.map(\.card.name)
    for learner in ["rl2", "rl2-hypernetwork", "rl2-transformer", "snail", "trmrl"] {
      for variant in GridNavigation.Variant.allCases {
        addPreset(
          of: RL2.self, learner, on: GridNavigation(variant).card.name,
          source: "Zintgraf et al. 2020, authors' code, args_grid_rl2"
        ) {
          $0.discount = 0.95
          $0.advantageDecay = 0.95
        }
      }
      for family in problems {
        addPreset(of: RL2.self, learner, on: family, source: "Duan et al. 2016, authors' code") {
          $0.advantageDecay = 0.3
        }
      }
    }
  }

  private mutating func addBeliefLearners() {
    add(
      "varibad", VariBAD.self,
      card: LearnerCard(
        summary:
          "Acts on a learned belief about the task, from which a decoder predicts the rewards of the lifetime.",
        adaptsBy: "belief of a recurrent encoder", paper: "Zintgraf et al. 2020, arXiv:1910.08348"))
    let code = "Zintgraf et al. 2020, authors' code, "
    addPreset(of: VariBAD.self, "varibad", on: "grid-navigation", source: code + "grid world") {
      $0.rewardModel = .states
      $0.rewardError = .bernoulli
      $0.boundTerms = 0
      $0.decodedSteps = 0
      $0.lifetimesPerUpdate = 25
    }
    addPreset(
      of: VariBAD.self, "varibad", on: "grid-navigation",
      source: "papers/memory/trials.md, on its training tasks"
    ) {
      $0.modelUpdates = 20
      $0.stepsPerBatch = 2000
      $0.outerStepSize = 6e-3
      $0.advantageDecay = 0.8
      $0.entropyWeight = 0.03
    }
    // Of 300 steps 50 are decoded: a sixth of the authors' weight, which is 1 times 15 lifetimes.
    addPreset(of: VariBAD.self, "varibad", on: "varibad-sparse-point", source: code + "sparse point robot") {
      $0.hiddenSize = 128
      $0.decoderSizes = [64, 32]
      $0.decoderSeesObservation = false
      $0.decoderSeesAction = false
      $0.divergenceWeight = 2.5
      $0.lifetimesPerUpdate = 15
      $0.hiddenSizes = [128, 128, 128]
      $0.discount = 0.99
      $0.advantageDecay = 0.9
      $0.partsPerEpoch = 8
      $0.ratioClip = 0.1
      $0.entropyWeight = 1e-3
    }
  }

  /// Transformers that are trained by supervision on histories.
  private mutating func addInContextLearners() {
    func card(_ summary: String, paper: String) -> LearnerCard {
      LearnerCard(
        summary: summary, adaptsBy: "attention to earlier steps", data: .offPolicy, actions: .discrete, paper: paper
      )
    }
    let (laskin, lee) = ("Laskin et al. 2022, arXiv:2210.14215", "Lee et al. 2023, arXiv:2306.14892")
    add(
      "algorithm-distillation", AlgorithmDistillation.self,
      card: card("A transformer that imitates how another algorithm learns a task.", paper: laskin))
    add(
      "algorithm-distillation-greedy", AlgorithmDistillation.self,
      card: card(
        "A transformer that imitates how another algorithm learns, and takes its most probable action.",
        paper: laskin)
    ) { $0.choice = .greedy }
    add(
      "decision-pretrained", DecisionPretrained.self,
      card: card(
        "A transformer that samples the best action, trained with the best actions of training tasks as labels.",
        paper: lee))
    add(
      "decision-pretrained-greedy", DecisionPretrained.self,
      card: card(
        "A transformer that takes the most probably best action, trained with best actions as labels.", paper: lee)
    ) { $0.choice = .greedy }
    for learner in ["algorithm-distillation", "algorithm-distillation-greedy"] {
      for bandit in Self.bandits {
        addPreset(
          of: AlgorithmDistillation.self, learner, on: bandit.card.name,
          source: "Thompson sampling learns faster than a table here"
        ) { $0.source = .thompson }
      }
      // As many episodes are kept as evaluation has; from one to the next the source has learned in several.
      let rooms = [
        ("dark-room-5", 50, 5), ("dark-room-9", 200, 20), ("dark-room-17", 500, 25), ("dark-room-10", 100, 10),
        ("dark-room-permuted-9", 200, 20), ("dark-key-to-door-9", 500, 25),
      ]
      for (room, episodes, skip) in rooms {
        addPreset(
          of: AlgorithmDistillation.self, learner, on: room,
          source: "episodes after which the source finds the goal; those kept are as many as in evaluation"
        ) {
          $0.sourceEpisodes = episodes
          $0.historySkip = skip
          $0.layers = 2
          $0.batchSize = 32
        }
      }
    }
  }

  private mutating func addOffPolicyMemories() {
    add(
      "recurrent-dqn", RecurrentDQN.self,
      card: LearnerCard(
        summary: "Learns off-policy what choices are worth, given all that was seen in the lifetime.",
        adaptsBy: "state of a recurrent network", data: .offPolicy, actions: .discrete,
        paper: "Ni et al. 2023, arXiv:2307.03864"))
    add(
      "dream", DREAM.self,
      card: LearnerCard(
        summary:
          "Explores in the first episode for what tells about the task, and then acts on a code of what it saw.",
        adaptsBy: "code of the first episode", data: .offPolicy, actions: .discrete,
        paper: "Liu et al. 2021, arXiv:2008.02790"))
    let laptop = "our choice, for 400,000 steps on two cores: papers/dream/trials.md"
    for family in BusCity.Variant.allCases.map({ BusCity($0).card.name }) + [Cooking().card.name] {
      addPreset(of: DREAM.self, "dream", on: family, source: laptop) {
        $0.randomSteps = 60_000
        $0.stepsPerUpdate = 16
        $0.lifetimesBeforeExploration = 6000
        $0.updatesPerTarget = 312
        $0.stepSize = 1e-3
        $0.encoderSize = 64
      }
      addPreset(of: RecurrentDQN.self, "recurrent-dqn", on: family, source: laptop) {
        $0.isDueling = true
        $0.explorationSteps = 120_000
        $0.explorationEnd = 0.01
        $0.stepsPerUpdate = 16
        $0.updatesPerTarget = 312
        $0.targetRate = 1
        $0.stepSize = 5e-4
        $0.lifetimesKept = 16_000
      }
    }
    // A lifetime of two steps needs no more.
    addPreset(of: DREAM.self, "dream", on: PayToLook().card.name, source: "our choice, small") {
      $0.latentSize = 8
      $0.hiddenSize = 16
      $0.encoderSize = 16
      $0.readoutSize = 16
      $0.taskEncoderSizes = [16]
      $0.randomSteps = 3000
      $0.lifetimesBeforeExecution = 100
      $0.lifetimesBeforeExploration = 500
      $0.updatesPerTarget = 50
      $0.stepSize = 1e-3
    }
  }

  private mutating func addOffPolicyLearners() {
    add(
      "pearl", PEARL.self,
      card: LearnerCard(
        summary:
          "Infers a latent description of the task from unordered steps; trains off-policy on all collected data.",
        adaptsBy: "posterior over a latent vector", data: .offPolicy, actions: .continuous,
        paper: "Rakelly et al. 2019, arXiv:1903.08254"))
    let code = "Rakelly et al. 2019, authors' code, "
    addPreset(of: PEARL.self, "pearl", on: "point-robot", source: code + "point-robot") {
      $0.initialSteps = 200
      $0.priorSteps = 200
      $0.extraSteps = 200
      $0.updatesPerIteration = 1000
      $0.rewardScale = 100
    }
    // The divergence is summed over the meta-batch and the critics' loss is a mean: what a nat may cost depends on how much of
    // the rewards, in their units of the critics, the task explains.
    let trials = "papers/comparison/trials: a nat must cost less than the task explains of small rewards"
    addPreset(of: PEARL.self, "pearl", on: "point-navigation", source: trials) {
      $0.divergenceWeight = 0.01
      $0.explorationEpisodes = 2
    }
    for family in ["corner-navigation-sparse", "point-ring", "wheeled-robot-lite"] {
      addPreset(of: PEARL.self, "pearl", on: family, source: trials) {
        $0.rewardScale = 20
        $0.explorationEpisodes = 2
      }
    }
    addPreset(
      of: PEARL.self, "pearl", on: "random-parameters-lite",
      source: code + "random parameters: dynamics tell the task"
    ) { $0.seesNextObservations = true }
    for family in ["sparse-point-robot", "sparse-point-robot-wide"] {
      addPreset(of: PEARL.self, "pearl", on: family, source: code + "sparse-point-robot") {
        $0.initialSteps = 200
        $0.tasksPerIteration = 10
        $0.priorSteps = 100
        $0.posteriorSteps = 900
        $0.extraSteps = 0
        $0.updatesPerIteration = 1000
        $0.contextSize = 1024
        $0.divergenceWeight = 1
        $0.discount = 0.9
        $0.rewardScale = 100
        $0.explorationEpisodes = 5
      }
    }
  }

  private mutating func addGradientLearners() {
    add(
      "maml", MAML.self,
      card: LearnerCard(
        summary: "Learns an initial policy that adapts well in a policy-gradient step on a few episodes.",
        adaptsBy: "policy-gradient step, differentiated (LVC)", paper: "Finn et al. 2017, arXiv:1703.03400"))
    add(
      "fomaml", MAML.self,
      card: LearnerCard(
        summary: "MAML that treats the inner gradient as a constant.",
        adaptsBy: "policy-gradient step, not differentiated", paper: "Finn et al. 2017, arXiv:1703.03400")
    ) { $0.innerEstimator = .firstOrder }
    add(
      "promp", MAML.self,
      card: LearnerCard(
        summary: "MAML with low-variance curvature and an outer update on clipped ratios.",
        adaptsBy: "policy-gradient step, differentiated (LVC)", paper: "Rothfuss et al. 2019, arXiv:1810.06784")
    ) { $0.outerUpdate = .clippedRatio }
    add(
      "emaml", MAML.self,
      card: LearnerCard(
        summary: "MAML whose outer gradient also credits the pre-update policy for the data it collected.",
        adaptsBy: "policy-gradient step, differentiated (naive)", paper: "Stadie et al. 2018, arXiv:1803.01118")
    ) {
      $0.innerEstimator = .naive
      $0.scoreTerm = true
    }
    addVariantsOfMAML()
    add(
      "actor-critic-maml", ActorCriticMAML.self,
      card: LearnerCard(
        summary: "MAML whose baseline is a network, meta-learned with the policy by Adam.",
        adaptsBy: "policy-gradient step of Adam", paper: "Schindler 2022, Ulm University"))
    add(
      "regression-maml", RegressionMAML.self,
      card: LearnerCard(
        summary: "Learns an initial network that fits a function after a gradient step on a few of its points.",
        adaptsBy: "gradient step on squared errors, differentiated", actions: .continuous,
        paper: "Finn et al. 2017, arXiv:1703.03400"))
    addVariantsOfRegressionMAML()
    add(
      "implicit-maml", ImplicitMAML.self,
      card: LearnerCard(
        summary:
          "MAML for regression whose meta-gradient depends only on the inner solution, not on the steps to it.",
        adaptsBy: "implicitly differentiated Gauss-Newton steps",
        actions: .continuous, paper: "Rajeswaran et al. 2019, arXiv:1909.04630"))
    add(
      "meta-gradient", MetaGradientActorCritic.self,
      card: LearnerCard(
        summary: "An actor-critic that tunes the discount of its return by meta-gradients during training.",
        adaptsBy: "nothing at test; the discount is tuned in training",
        paper: "Xu et al. 2018, arXiv:1805.09801"))
    // The errors of a value network at the 99 steps without a choice would drown the gradient of the first action.
    for bonus in DiscountingChain.Bonus.allCases {
      addPreset(
        of: MetaGradientActorCritic.self, "meta-gradient", on: DiscountingChain(bonus: bonus).card.name,
        source: "our tuning on this task, seeds 100 to 105"
      ) {
        $0.critic = .observationMeans
        $0.innerStepSize = 0.2
        $0.entropyWeight = 0.005
      }
    }
    add(
      "grbal", GrBAL.self,
      card: LearnerCard(
        summary: "Adapts a dynamics model to the last steps before every action, and plans with it.",
        adaptsBy: "gradient step of the model, within an episode", data: .offPolicy, actions: .continuous,
        paper: "Nagabandi et al. 2019, arXiv:1803.11347"))
    add(
      "rebal", ReBAL.self,
      card: LearnerCard(
        summary: "Plans with a recurrent dynamics model that adapts within an episode through its state.",
        adaptsBy: "state of a recurrent model, within an episode", data: .offPolicy, actions: .continuous,
        paper: "Nagabandi et al. 2019, arXiv:1803.11347"))
  }

  private mutating func addControls() {
    add(
      "average", MAML.self,
      card: LearnerCard(
        role: .control, summary: "One policy trained on all tasks that does not adapt.", adaptsBy: "nothing")
    ) {
      $0.innerSteps = 0
      $0.innerStepSize = 0
    }
    add(
      "pretrained", MAML.self,
      card: LearnerCard(
        role: .control, summary: "One policy trained on all tasks, fine-tuned at test.",
        adaptsBy: "policy-gradient step")
    ) {
      $0.innerSteps = 0
      // Tuned on training tasks of point-navigation, with other seeds: 0.05, 0.1, 0.2, 0.5 and 1 were tried.
      $0.innerStepSize = 0.5
    }
    add(
      "scratch", MAML.self,
      card: LearnerCard(
        role: .control, summary: "A random policy, trained only at test.", adaptsBy: "policy-gradient step",
        data: .none)
    ) {
      $0.outerUpdate = .none
      // Tuned likewise: 2 was tried, too.
      $0.innerStepSize = 1
    }
    add(
      "count-bonus", MAML.self,
      card: LearnerCard(
        role: .control, summary: "A random policy, trained only at test, with a bonus for rare observations.",
        adaptsBy: "policy-gradient step on rewards with a bonus", data: .none,
        paper: "Tang et al. 2017, arXiv:1611.04717")
    ) {
      $0.outerUpdate = .none
      $0.innerStepSize = 1
      $0.explorationBonus = 0.1
    }
    add(
      "oracle", MAML.self,
      card: LearnerCard(
        role: .control, summary: "One policy that sees the task's descriptor and does not adapt.",
        adaptsBy: "nothing: the task is given"), seesDescriptor: true
    ) {
      $0.innerSteps = 0
      $0.innerStepSize = 0
    }
    add(
      "contextual", MAML.self,
      card: LearnerCard(
        role: .control, summary: "One policy that sees the task's descriptor, fine-tuned at test.",
        adaptsBy: "policy-gradient step; the task is given"), seesDescriptor: true
    ) {
      $0.innerSteps = 0
      // As for pretrained.
      $0.innerStepSize = 0.5
    }
    add(
      "actor-critic-oracle", ActorCriticMAML.self,
      card: LearnerCard(
        role: .control, summary: "Actor and critic that see the task's descriptor, fine-tuned at test.",
        adaptsBy: "policy-gradient step of Adam; the task is given", paper: "Schindler 2022, Ulm University"),
      seesDescriptor: true
    ) { $0.innerSteps = 0 }
    add(
      "mb-mpc", GrBAL.self,
      card: LearnerCard(
        role: .control, summary: "Plans by a model of the dynamics that does not adapt.", adaptsBy: "nothing",
        data: .offPolicy, actions: .continuous, paper: "Nagabandi et al. 2018, arXiv:1708.02596")
    ) {
      $0.innerStepSize = 0
      $0.learnsInnerStepSize = false
    }
    add(
      "sac", SoftActorCritic.self,
      card: LearnerCard(
        role: .control, summary: "One policy trained off-policy on all tasks that does not adapt.",
        adaptsBy: "nothing",
        data: .offPolicy, actions: .continuous, paper: "Haarnoja et al. 2018, arXiv:1812.05905"))
    add(
      "sac-oracle", SoftActorCritic.self,
      card: LearnerCard(
        role: .control,
        summary: "One policy trained off-policy that sees the task's descriptor and does not adapt.",
        adaptsBy: "nothing: the task is given", data: .offPolicy, actions: .continuous,
        paper: "Haarnoja et al. 2018, arXiv:1812.05905"), seesDescriptor: true)
    for learner in ["sac", "sac-oracle"] {
      for family in ["sparse-point-robot", "sparse-point-robot-wide"] {
        addPreset(
          of: SoftActorCritic.self, learner, on: family,
          source: "Rakelly et al. 2019, authors' code, sparse-point-robot"
        ) { $0.discount = 0.9 }
      }
    }
    add(
      "dqn", DQN.self,
      card: LearnerCard(
        role: .control,
        summary: "One network of action values trained off-policy on all tasks that does not adapt.",
        adaptsBy: "nothing", data: .offPolicy, actions: .discrete, paper: "Mnih et al. 2015"))
    add(
      "q-learning", QLearning.self,
      card: LearnerCard(
        role: .control, summary: "Learns a table of action values in each task from nothing.",
        adaptsBy: "Q-learning steps on a table", data: .none, actions: .discrete, paper: "Watkins 1989"))
    add(
      "random", RandomActions.self,
      card: LearnerCard(
        role: .control, summary: "Acts at random and learns nothing.", adaptsBy: "nothing", data: .none))
    addKnownTask()
  }

  private mutating func addFamilies() {
    add(PointNavigation())
    add(PointNavigation(goals: .two))
    for variant in PointRobot.Variant.allCases { add(PointRobot(variant)) }
    add(CornerNavigation(reportedReward: .dense))
    add(CornerNavigation(reportedReward: .sparse))
    add(MomentumNavigation())
    add(WallNavigation())
    add(WheeledRobotLite())
    add(PointRing())
    add(BlockPushingLite())
    add(VelocityTrackingLite())
    for aim in PointMassLite.Aim.allCases { add(PointMassLite(aim)) }
    add(RandomParametersLite())
    add(GridWorld())
    add(GridWorld(maps: .neighbors))
    for points in [5, 10, 20] { add(SinusoidRegression(points: points)) }
    add(SinusoidRegression(phases: .full))
    for switches in [false, true] { add(FaultyActuatorLite(switches: switches)) }
    for bonus in DiscountingChain.Bonus.allCases { add(DiscountingChain(bonus: bonus)) }
    for variant in GridNavigation.Variant.allCases { add(GridNavigation(variant)) }
    add(RoomNavigation())
    add(Wind())
    for size in DarkRoom.Size.allCases { add(DarkRoom(size: size)) }
    add(PermutedDarkRoom())
    add(DarkKeyToDoor())
    for size in Maze.Size.allCases {
      for episodes in [2, 5] { add(Maze(size: size, episodesPerLifetime: episodes)) }
    }
    addBandits()
    for process in Self.processes { add(process) }
    add(RepeatWinner())
    add(PayToLook())
    for variant in BusCity.Variant.allCases { add(BusCity(variant)) }
    add(Cooking())
    for variant in TMaze.Variant.allCases {
      for length in TMaze.lengths { add(TMaze(variant, length: length)) }
    }
    addLocomotion()
  }

  /// The sizes in the tables of papers.
  private static let bandits =
    [10, 100, 500].flatMap { pulls in [5, 10, 50].map { arms in BernoulliBandit(arms: arms, pulls: pulls) } }
    + [BernoulliBandit(arms: 50, pulls: 1000)]
  private static let processes = [10, 25, 50, 75, 100].map { TabularMDP(episodesPerLifetime: $0) }

  private mutating func addBandits() {
    for bandit in Self.bandits { add(bandit) }
    add(GaussianBandit(arms: 5, pulls: 10))
    add(GaussianBandit(arms: 10, pulls: 100))
  }
}
