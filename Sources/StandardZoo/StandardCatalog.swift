import Environments
import Learners
import MetaRL
import Zoo

extension Catalog {
  /// Everything that ships with the zoo: the only list of learners and families there is.
  public static var standard: Catalog {
    var catalog = Catalog()
    catalog.addLearners()
    catalog.addFamilies()
    let wanted = ["maml", "fomaml", "average", "pretrained", "scratch", "oracle", "random"]
    catalog.defaultComparison = Suite(
      learners: wanted.filter { name in catalog.learners.contains { $0.name == name } },
      families: ["point-navigation"], seeds: [0, 1, 2], episodesPerProbe: 5)
    return catalog
  }

  private mutating func addLearners() {
    add(
      "random", UniformRandom.self,
      card: LearnerCard(
        role: .control, summary: "Acts at random and learns nothing.", adaptsBy: "nothing", data: .none))
    add(
      "thompson", ThompsonSampling.self,
      card: LearnerCard(
        summary: "Pulls the arm that is best in a world drawn from what is believed of the bandit.",
        adaptsBy: "posterior over arms", data: .none, actions: .discrete, paper: "Thompson 1933"))
  }

  private mutating func addFamilies() {
    add(PointNavigation())
    add(PointNavigation(goals: .two))
    add(CornerNavigation(reportedReward: .dense))
    add(CornerNavigation(reportedReward: .sparse))
    add(MomentumNavigation())
    add(WallNavigation())
    add(BernoulliBandit())
    add(GridWorld())
    add(GridWorld(maps: .neighbors))
  }
}
