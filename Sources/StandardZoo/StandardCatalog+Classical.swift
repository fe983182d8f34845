import Learners
import Zoo

extension Catalog {
  /// Adds agents for bandits, which need no meta-training.
  mutating func addBanditAgents() {
    func card(_ summary: String, adaptsBy: String, paper: String) -> LearnerCard {
      LearnerCard(summary: summary, adaptsBy: adaptsBy, data: .none, actions: .discrete, paper: paper)
    }
    add(
      "thompson", ThompsonSampling.self,
      card: card(
        "Pulls the best arm of a bandit sampled from the posterior.",
        adaptsBy: "posterior over arms", paper: "Thompson 1933"))
    add(
      "optimistic-thompson", OptimisticThompsonSampling.self,
      card: card(
        "Thompson sampling that never values an arm below its posterior mean.",
        adaptsBy: "posterior over arms", paper: "May et al. 2012"))
    add(
      "gittins", GittinsIndex.self,
      card: card(
        "Pulls the arm with the highest Gittins index, which it computes.", adaptsBy: "posterior over arms",
        paper: "Gittins 1979"))
    add(
      "ucb1", UCB1.self,
      card: card(
        "Pulls the arm with the highest upper confidence bound.", adaptsBy: "counts of each arm",
        paper: "Auer et al. 2002"))
    add(
      "epsilon-greedy", EpsilonGreedy.self,
      card: card(
        "Pulls the arm with the highest mean, and occasionally a random arm.", adaptsBy: "posterior over arms",
        paper: "Sutton & Barto 2018, section 2.2"))
    add(
      "greedy", EpsilonGreedy.self,
      card: card(
        "Pulls the arm with the highest mean; no deliberate exploration.", adaptsBy: "posterior over arms",
        paper: "Sutton & Barto 2018, section 2.2")
    ) { $0.explorationProbability = 0 }
    add(
      "bayes-optimal", BayesOptimal.self,
      card: card(
        "Pulls the arm with the highest expected return over the whole lifetime; small bandits only.",
        adaptsBy: "posterior over arms", paper: "Bellman 1956"))
  }

  /// Adds agents that plan in tabular MDPs and need no meta-training.
  mutating func addPlanningAgents() {
    func card(_ summary: String, adaptsBy: String = "posterior over MDPs", paper: String) -> LearnerCard {
      LearnerCard(summary: summary, adaptsBy: adaptsBy, data: .none, actions: .discrete, paper: paper)
    }
    add(
      "psrl", PSRL.self,
      card: card(
        "Plans each episode in an MDP sampled from the posterior.", paper: "Osband et al. 2013, arXiv:1306.0940"))
    add(
      "opsrl", PSRL.self,
      card: card(
        "PSRL with several sampled MDPs; each action is valued by the most optimistic sample.",
        paper: "Osband et al. 2013, arXiv:1306.0940")
    ) { $0.sampleCount = 10 }
    add(
      "ucrl2", UCRL2.self,
      card: card(
        "Plans each episode in the best plausible MDP.", adaptsBy: "confidence sets of MDPs",
        paper: "Jaksch et al. 2010"))
    add(
      "beb", BEB.self,
      card: card(
        "Plans each episode in the mean MDP, with a bonus for rarely taken actions.", paper: "Kolter & Ng 2009"))
    add(
      "mdp-epsilon-greedy", EpsilonGreedyPlanning.self,
      card: card(
        "Plans each episode in the mean MDP, and occasionally takes a random action.",
        paper: "Duan et al. 2016, arXiv:1611.02779"))
    add(
      "mdp-greedy", EpsilonGreedyPlanning.self,
      card: card(
        "Plans each episode in the mean MDP; no deliberate exploration.",
        paper: "Duan et al. 2016, arXiv:1611.02779")
    ) { $0.explorationProbability = 0 }
  }

  /// Adds the control that knows the task and needs no experience.
  mutating func addKnownTask() {
    add(
      "known-task", KnownTask.self,
      card: LearnerCard(
        role: .control, summary: "Plays optimally, given the true bandit or MDP.",
        adaptsBy: "nothing: the task is given", data: .none, actions: .discrete), seesDescriptor: true)
  }
}
