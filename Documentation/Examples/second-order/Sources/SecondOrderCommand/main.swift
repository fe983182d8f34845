import MetaRLZoo
import SecondOrderLearner

var catalog = Catalog.standard
catalog.add(
  "second-order", SecondOrder.self,
  card: LearnerCard(summary: "MAML with a trust region, from public parts.", adaptsBy: "policy-gradient step"))
catalog.builtFrom = builtFrom
catalog.main()
