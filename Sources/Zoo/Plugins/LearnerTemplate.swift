/// The files of a package with a learner of the user's own.
enum LearnerTemplate {
  /// `Sources/__Type__Learner/__Type__.swift`.
  static let source = #"""
    import Learners
    import MetaRL
    import Networks
    import Tensors

    /// Looks for a policy from which one policy-gradient step on a few episodes of a new task does well.
    ///
    /// This is first-order MAML (Finn, Abbeel & Levine, 2017, arXiv:1703.03400), as short as it can be written: a place to
    /// start from.
    ///
    /// Logs: returnBefore, returnAfter.
    package struct __Type__: MetaLearner {
      /// The settings, and the only home of their defaults.
      ///
      /// Every stored property needs a line in `settings`.
      package struct Configuration: LearnerConfiguration {
        package var innerStepSize = 0.5
        package var episodesPerInnerStep = 10
        package var tasksPerBatch = 10
        package var outerStepSize = 0.01
        package var hiddenSizes = [32, 32]
        package var discount = 0.99

        package init() {}

        package static let settings: [Setting] = [
          Setting(
            "innerStepSize", "size of an inner step", .numberAbove(0, through: 100), symbol: "α", source: "a guess"),
          Setting("episodesPerInnerStep", "episodes before each inner step", .integer(1...1000), source: "a guess"),
          Setting("tasksPerBatch", "tasks in an iteration", .integer(1...1000), source: "a guess"),
          Setting("outerStepSize", "step size of Adam", .numberAbove(0, through: 1), symbol: "β", source: "a guess"),
          Setting(
            "hiddenSizes", "widths of the hidden layers", .integers(each: 1...1024, count: 0...4), source: "a guess"),
          Setting("discount", "discount of rewards", .number(0...1), symbol: "γ", source: "a guess"),
        ]
      }

      // Stored properties are the checkpoint, since a learner is Codable; resuming needs nothing else.
      let configuration: Configuration
      let spec: EnvironmentSpec
      let policy: StochasticPolicy
      /// The meta-parameters: what training improves.
      var theta: Parameters
      var optimizer: Adam

      /// Draws an untrained learner; throw `UnsupportedFamily` if yours cannot act in such an environment.
      package init(_ configuration: Configuration, for spec: EnvironmentSpec, using random: RandomStream) throws {
        self.configuration = configuration
        self.spec = spec
        policy = StochasticPolicy(for: spec, hiddenSizes: configuration.hiddenSizes, activation: .tanh)
        theta = policy.makeParameters(using: random)
        optimizer = Adam(stepSize: configuration.outerStepSize)
      }

      /// One iteration of the outer loop; all steps are taken through the session, which counts them.
      package mutating func metaTrain(_ session: inout TrainingSession) throws {
        let (learner, theta) = (self, theta)
        let tasks = session.sampleTasks(configuration.tasksPerBatch)
        let before = try collect(&session, on: tasks, with: tasks.map { _ in theta }, phase: "before")
        let phi = try session.workers.map(tasks.count) { learner.adapted(theta, to: before[$0]) }
        let after = try collect(&session, on: tasks, with: phi, phase: "after")
        // First order: the gradient where the inner step led, applied where it came from.
        let gradients = try session.workers.map(tasks.count) { learner.gradient(at: phi[$0], after[$0]) }
        optimizer.update(&self.theta, along: Parameters.mean(gradients))
        guard self.theta.isFinite else { throw TrainingFailure("the parameters are not finite") }
        session.log("returnBefore", meanReturn(before))
        session.log("returnAfter", meanReturn(after))
      }

      /// Newborn agents, one for each stream of `random`: tasks are played side by side, a lane each.
      package func makeAgent(mode: AgentMode, using random: LaneRandom) -> Player {
        Player(
          learner: self, phi: Array(repeating: theta, count: random.count),
          recent: Array(repeating: [], count: random.count), recorder: EpisodeRecorder(laneCount: random.count))
      }

      /// Acts in its lanes, and takes an inner step in each after every N episodes.
      package struct Player: Agent {
        let learner: __Type__
        /// The adapted parameters of each lane.
        var phi: [Parameters]
        /// The episodes of each lane since its last inner step.
        var recent: [[Episode]]
        var recorder: EpisodeRecorder

        package mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
          sample(
            phi.indices.map { learner.policy(observations.slice($0..<$0 + 1), phi[$0]) }, using: &random)
        }

        // The recorder ignores lanes whose episode has ended, as every agent has to.
        package mutating func observe(_ transition: Transition) { recorder.append(transition) }

        package mutating func endEpisode(using random: inout LaneRandom) {
          for (lane, episode) in recorder.finish().enumerated() { recent[lane].append(episode) }
          guard recent.first?.count == learner.configuration.episodesPerInnerStep else { return }
          phi = phi.indices.map { learner.adapted(phi[$0], to: recent[$0]) }
          recent = recent.map { _ in [] }
        }
      }

      /// The parameters after an inner step.
      private func adapted(_ parameters: Parameters, to episodes: [Episode]) -> Parameters {
        parameters - configuration.innerStepSize * gradient(at: parameters, episodes)
      }

      /// The policy gradient of episodes that were played with the given parameters: downhill is better.
      private func gradient(at parameters: Parameters, _ episodes: [Episode]) -> Parameters {
        let batch = EpisodeBatch(
          episodes, reward: spec.reportedReward, discount: configuration.discount, lambda: 1, policy: policy,
          parameters: parameters)
        return valueAndGradient(at: parameters) {
          -(batch.weights * policy(batch.observations, $0).logProbability(of: batch.actions)).sum()
        }.gradient
      }

      private func collect(
        _ session: inout TrainingSession, on tasks: [TaskID], with phi: [Parameters], phase: String
      ) throws -> [[Episode]] {
        let policy = policy
        return try session.play(on: tasks, episodes: configuration.episodesPerInnerStep, phase: phase) { task, _ in
          PolicyAgent(policy, phi[task])
        }
      }

      private func meanReturn(_ played: [[Episode]]) -> Double {
        let returns = played.joined().map { $0.totalReward(spec.reportedReward) }
        return returns.reduce(0, +) / Double(max(returns.count, 1))
      }
    }

    """#

  /// `Sources/__Type__Command/main.swift`.
  static let main = #"""
    import __Type__Learner
    import StandardZoo
    import Zoo

    // The standard catalog, one more entry, and the whole command line.
    var catalog = Catalog.standard
    catalog.add(
      "__name__", __Type__.self,
      card: LearnerCard(
        summary: "First-order MAML, to be changed.", adaptsBy: "policy-gradient step, not differentiated"))
    // What the plugin RecordCommit has found: results say which commit of this package they were made with.
    catalog.builtFrom = builtFrom
    catalog.main()

    """#

  /// `Tests/__Type__Tests/__Type__Tests.swift`.
  static let test = #"""
    import Environments
    import MetaRL
    import __Type__Learner
    import Testing
    import ZooChecks

    /// The promises of every learner; `swift run __name__-zoo check learner __name__` prints details.
    @Test func itKeepsItsPromises() {
      #expect(problems(with: __Type__.self, on: GridWorld()) == [])
    }

    """#
}
