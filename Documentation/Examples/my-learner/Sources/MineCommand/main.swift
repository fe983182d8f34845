import MetaRLZoo
import MineLearner

// The standard catalog, one more entry, and the whole command line.
var catalog = Catalog.standard
catalog.add(
  "mine", Mine.self,
  card: LearnerCard(
    summary: "First-order MAML, to be changed.", adaptsBy: "policy-gradient step, not differentiated"))
// What the plugin RecordCommit has found: results say which commit of this package they were made with.
catalog.builtFrom = builtFrom
catalog.main()
