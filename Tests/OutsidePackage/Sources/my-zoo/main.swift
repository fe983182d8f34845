import StandardZoo
import Zoo

var catalog = Catalog.standard
catalog.add(
  "mine", EpsilonGreedy.self,
  card: LearnerCard(
    summary: "Pulls the best arm so far, and now and then any arm.", adaptsBy: "mean reward of each arm",
    data: .none, actions: .discrete))
catalog.main()
