import Learners
import Zoo

extension Catalog {
  /// Agents that pull the arms of bandits and learn nothing before.
  mutating func addBanditAgents() {
    func card(_ summary: String, adaptsBy: String, paper: String) -> LearnerCard {
      LearnerCard(summary: summary, adaptsBy: adaptsBy, data: .none, actions: .discrete, paper: paper)
    }
    add(
      "thompson", ThompsonSampling.self,
      card: card(
        "Pulls the arm that is best in a world drawn from what is believed of the bandit.",
        adaptsBy: "posterior over arms", paper: "Thompson 1933"))
    add(
      "optimistic-thompson", OptimisticThompsonSampling.self,
      card: card(
        "Thompson sampling that thinks no less of an arm than the mean of what it believes.",
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
        "Pulls the arm with the highest mean, and now and then any arm.", adaptsBy: "posterior over arms",
        paper: "Sutton & Barto 2018, section 2.2"))
    add(
      "greedy", EpsilonGreedy.self,
      card: card(
        "Pulls the arm with the highest mean and never explores on purpose.", adaptsBy: "posterior over arms",
        paper: "Sutton & Barto 2018, section 2.2")
    ) { $0.explorationProbability = 0 }
    add(
      "bayes-optimal", BayesOptimal.self,
      card: card(
        "Pulls the best arm in view of all that can still be learned; small bandits only.",
        adaptsBy: "posterior over arms", paper: "Bellman 1956"))
  }

  /// Agents that plan in tabular MDPs and learn nothing before.
  mutating func addPlanningAgents() {
    func card(_ summary: String, adaptsBy: String = "posterior over MDPs", paper: String) -> LearnerCard {
      LearnerCard(summary: summary, adaptsBy: adaptsBy, data: .none, actions: .discrete, paper: paper)
    }
    add(
      "psrl", PSRL.self,
      card: card(
        "Plans each episode in an MDP drawn from what is believed.", paper: "Osband et al. 2013, arXiv:1306.0940"))
    add(
      "opsrl", PSRL.self,
      card: card(
        "PSRL that counts each action as in the one of several MDPs that thinks most of it.",
        paper: "Osband et al. 2013, arXiv:1306.0940")
    ) { $0.sampleCount = 10 }
    add(
      "ucrl2", UCRL2.self,
      card: card(
        "Plans each episode in the best MDP that is still plausible.", adaptsBy: "confidence sets of MDPs",
        paper: "Jaksch et al. 2010"))
    add(
      "beb", BEB.self,
      card: card(
        "Plans each episode in the mean MDP, with a bonus for what is little known.", paper: "Kolter & Ng 2009"))
    add(
      "mdp-epsilon-greedy", EpsilonGreedyPlanning.self,
      card: card(
        "Plans each episode in the mean MDP, and now and then takes any action.",
        paper: "Duan et al. 2016, arXiv:1611.02779"))
    add(
      "mdp-greedy", EpsilonGreedyPlanning.self,
      card: card(
        "Plans each episode in the mean MDP and never explores on purpose.",
        paper: "Duan et al. 2016, arXiv:1611.02779")
    ) { $0.explorationProbability = 0 }
  }

  /// The control that needs no experience, since it is told the task.
  mutating func addKnownTask() {
    add(
      "known-task", KnownTask.self,
      card: LearnerCard(
        role: .control, summary: "Acts as is best in a bandit or an MDP that it is told.",
        adaptsBy: "nothing: the task is given", data: .none, actions: .discrete), seesDescriptor: true)
  }
}
