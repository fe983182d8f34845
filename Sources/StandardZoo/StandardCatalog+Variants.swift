import Learners
import MetaRL
import Zoo

// Variants of MAML with another inner or outer update.
extension Catalog {
  mutating func addVariantsOfMAML() {
    add(
      "meta-sgd", MAML.self,
      card: LearnerCard(
        summary: "MAML with a learned step size for each parameter of the policy.",
        adaptsBy: "gradient step of learned size, differentiated (LVC)",
        paper: "Li et al. 2017, arXiv:1707.09835")
    ) { $0.stepSizes = .learned }
    add(
      "anil", MAML.self,
      card: LearnerCard(
        summary: "MAML whose inner steps move only the last layer.",
        adaptsBy: "gradient step on last layer, differentiated (LVC)",
        paper: "Raghu et al. 2020, arXiv:1909.09157")
    ) { $0.adapted = .lastLayer }
    add(
      "cavia", MAML.self,
      card: LearnerCard(
        summary: "MAML whose inner steps move only a context vector, which is appended to the observation.",
        adaptsBy: "gradient step on a context, differentiated (LVC)",
        paper: "Zintgraf et al. 2019, arXiv:1810.03642")
    ) {
      $0.adapted = .context
      $0.contextSize = 5
      $0.innerStepSize = 1
      $0.laterStepFactor = 1
    }
    add(
      "reptile", MAML.self,
      card: LearnerCard(
        summary: "Moves the policy towards the mean result of several policy-gradient steps on each task.",
        adaptsBy: "policy-gradient steps, not differentiated", paper: "Nichol et al. 2018, arXiv:1803.02999")
    ) {
      $0.outerUpdate = .interpolation
      $0.innerSteps = 3
      $0.outerStepSize = 1
      $0.annealedIterations = 500
    }
  }

  mutating func addVariantsOfRegressionMAML() {
    add(
      "regression-fomaml", RegressionMAML.self,
      card: LearnerCard(
        summary: "MAML for regression that treats the inner gradient as a constant.",
        adaptsBy: "gradient step on squared errors, not differentiated", actions: .continuous,
        paper: "Finn et al. 2017, arXiv:1703.03400")
    ) { $0.gradientOrder = .first }
    add(
      "regression-meta-sgd", RegressionMAML.self,
      card: LearnerCard(
        summary: "MAML for regression with a learned step size for each parameter of the network.",
        adaptsBy: "gradient step of learned sizes, differentiated", actions: .continuous,
        paper: "Li et al. 2017, arXiv:1707.09835")
    ) { $0.stepSizes = .learned }
    add(
      "regression-anil", RegressionMAML.self,
      card: LearnerCard(
        summary: "MAML for regression whose inner steps move only the last layer.",
        adaptsBy: "gradient step on the last layer, differentiated", actions: .continuous,
        paper: "Raghu et al. 2020, arXiv:1909.09157")
    ) { $0.adapted = .lastLayer }
    add(
      "regression-cavia", RegressionMAML.self,
      card: LearnerCard(
        summary:
          "MAML for regression whose inner steps move only a context vector, which is appended to the input.",
        adaptsBy: "gradient step on a context, differentiated", actions: .continuous,
        paper: "Zintgraf et al. 2019, arXiv:1810.03642")
    ) {
      $0.adapted = .context
      $0.contextSize = 5
      $0.innerStepSize = 1
    }
    add(
      "regression-reptile", RegressionMAML.self,
      card: LearnerCard(
        summary: "Moves the network towards the mean result of several gradient steps on each task.",
        adaptsBy: "gradient steps on errors, not differentiated", actions: .continuous,
        paper: "Nichol et al. 2018, arXiv:1803.02999")
    ) {
      $0.outerUpdate = .interpolation
      $0.innerStepSize = 0.02
      $0.innerSteps = 5
      $0.trainingPoints = .fresh
      $0.stepsPerEpisode = 32
      $0.tasksPerBatch = 1
      $0.outerStepSize = 0.1
      $0.annealedIterations = 30_000
      $0.hiddenSizes = [64, 64]
      $0.activation = .tanh
    }
    add(
      "regression-pretrained", RegressionMAML.self,
      card: LearnerCard(
        role: .control, summary: "One network trained on all tasks, fine-tuned at test.",
        adaptsBy: "gradient step on squared errors", actions: .continuous)
    ) { $0.innerSteps = 0 }
  }
}
