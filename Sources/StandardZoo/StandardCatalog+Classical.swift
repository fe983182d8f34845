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
}
