import Learners
import Locomotion
import Zoo

// The families that need MuJoCo, and what is other on them than elsewhere. Settings are there in a program without MuJoCo,
// too, so that it shows them.
extension Catalog {
  mutating func addLocomotion() {
    guard Physics.isAvailable else {
      addAbsent(locomotionFamilies, need: "MuJoCo", commands: commandsForPhysics)
      return
    }
    for family in locomotionFamilies { add(family) }
  }

  mutating func addLocomotionPresets() {
    addPresetsOfMAML()
    addPresetsOfPEARL()
    addPresetsOfVariBAD()
  }

  /// Their 16 or 32 lifetimes an iteration; the weight of divergences is 0.1 times 10 lifetimes.
  private mutating func addPresetsOfVariBAD() {
    let experiments = [
      ("half-cheetah-velocity", "cheetah-vel", 6400, 2, 8),
      ("half-cheetah-direction", "cheetah-dir", 12_800, 16, 4),
    ]
    for (family, experiment, steps, epochs, parts) in experiments {
      addPreset(
        of: VariBAD.self, "varibad", on: family, source: "Zintgraf et al. 2020, authors' code, " + experiment
      ) {
        $0.hiddenSize = 128
        $0.decoderSizes = [64, 32]
        $0.divergenceWeight = 1
        $0.modelStepSize = 1e-3
        $0.modelUpdates = 1
        $0.lifetimesPerUpdate = 10
        $0.modelGradientLength = 1
        $0.hiddenSizes = [128, 128]
        $0.stepsPerBatch = steps
        $0.episodesPerLifetime = 2
        $0.discount = 0.97
        $0.advantageDecay = 0.9
        $0.outerStepSize = 7e-4
        $0.outerEpochs = epochs
        $0.partsPerEpoch = parts
        $0.ratioClip = 0.1
      }
    }
  }

  /// Meta-batches of 40 tasks, and the networks of the paper on the families of its authors.
  private mutating func addPresetsOfMAML() {
    let (finn, rothfuss) = ("Finn et al. 2017, appendix A.2", "Rothfuss et al. 2019, authors' code")
    let cheetahs = ["half-cheetah-velocity", "half-cheetah-direction"]
    let experiments: [(families: [String], source: String, hasNetworksOfFinn: Bool)] = [
      (cheetahs + ["ant-forward-backward"], finn, false),
      (["half-cheetah-velocity-deleu"], "Deleu's PyTorch edition of MAML", false),
      ((cheetahs + ["ant-forward-backward"]).map { $0 + "-promp" }, rothfuss, false),
      (cheetahs.map { $0 + "-maml" } + ["ant-velocity", "ant-forward-backward-maml"], finn, true),
    ]
    for learner in ["maml", "fomaml", "promp", "emaml", "average", "pretrained", "oracle", "contextual"] {
      for (families, source, hasNetworksOfFinn) in experiments {
        for family in families {
          addPreset(of: MAML.self, learner, on: family, source: source) {
            $0.tasksPerBatch = 40
            guard hasNetworksOfFinn else { return }
            $0.hiddenSizes = [100, 100]
            $0.activation = .relu
          }
        }
      }
    }
  }

  /// All of them adapt after two episodes.
  private mutating func addPresetOfPEARL(
    _ family: String, as experiment: String, _ configure: (inout PEARL.Configuration) -> Void
  ) {
    let source = "Rakelly et al. 2019, authors' code, " + experiment
    addPreset(of: PEARL.self, "pearl", on: family, source: source) { $0.explorationEpisodes = 2 }
    addPreset(of: PEARL.self, "pearl", on: family, source: source, configure)
  }

  private mutating func addPresetsOfPEARL() {
    addPresetOfPEARL("half-cheetah-velocity", as: "cheetah-vel") {
      $0.trainingTasks = 100
      $0.extraSteps = 600
      $0.contextSize = 100
    }
    addPresetOfPEARL("half-cheetah-direction", as: "cheetah-dir") {
      $0.priorSteps = 1000
      $0.extraSteps = 1000
      $0.tasksPerBatch = 4
      $0.contextSize = 256
    }
    func enlarge(_ c: inout PEARL.Configuration) {
      c.extraSteps = 600
      c.contextSize = 256
      c.updatesPerIteration = 4000
    }
    for family in ["ant-forward-backward", "ant-direction"] {
      addPresetOfPEARL(family, as: "ant-dir") {
        enlarge(&$0)
        $0.tasksPerBatch = 4
      }
    }
    addPresetOfPEARL("ant-goal", as: "ant-goal") {
      enlarge(&$0)
      $0.trainingTasks = 150
      $0.tasksPerBatch = 10
      $0.divergenceWeight = 1
    }
    addPresetOfPEARL("humanoid-direction", as: "humanoid-dir") {
      enlarge(&$0)
      $0.trainingTasks = 100
    }
    for family in ["hopper-random-parameters", "walker-random-parameters"] {
      addPresetOfPEARL(family, as: "walker_rand_params") {
        $0.trainingTasks = 40
        $0.extraSteps = 600
        $0.tasksPerBatch = 10
        $0.contextSize = 100
        $0.updatesPerIteration = 4000
        $0.seesNextObservations = true
      }
    }
  }
}
