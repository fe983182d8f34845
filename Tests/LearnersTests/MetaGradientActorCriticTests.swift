import Environments
import Foundation
import Learners
import MetaRL
import Networks
import Tensors
import Testing

/// The first choice of the discounting chain in expectation: each chain is an episode of one step, weighted by its
/// probability, with true values.
private struct ExactChain {
  let learner: MetaGradientActorCritic
  /// The policy's parameters, and the unconstrained number that gives γ.
  var theta: Parameters
  var free: Parameters
  private let delays = DiscountingChain.delays
  private let pays = [1, 1, 1, 1.1, 1]

  enum Critic { case inner, outer }

  init(discount: Double = 0.95, entropyWeight: Double = 0) throws {
    var c = MetaGradientActorCritic.Configuration()
    (c.hiddenSizes, c.innerStepSize, c.criticWeight) = ([], 0.5, 0)
    (c.entropyWeight, c.outerEntropyWeight) = (entropyWeight, entropyWeight)
    (c.initialDiscount, c.metaStepSize) = (discount, discount < 1 ? 0.1 : 0)
    c.outerCritic = .inner
    learner = try MetaGradientActorCritic(c, for: DiscountingChain().spec, using: RandomStream(seed: 0))
    // Observations are 0, so the logits are the biases.
    theta = learner.theta.map { Tensor(repeating: 0, shape: $0.shape, precision: .double) }
    let share = (discount - 0.9) / 0.1
    free = learner.free.map { _ in Tensor(log(share / (1 - share)), precision: .double) }
  }

  var discount: Double { learner.returnParameters(free).discount.scalar }

  func probabilities(_ theta: Parameters) -> [Double] { theta["layer1.bias"].logSoftmax().exp().doubles }

  /// The expected return of an episode.
  var expectedReturn: Double { zip(probabilities(theta), pays).reduce(0) { $0 + $1.0 * $1.1 } }

  func table(_ theta: Parameters) -> EpisodeTable {
    var table = EpisodeTable(
      delays.indices.map {
        Episode(
          observations: [0, 0, 0, 0], actions: .discrete([$0]), denseRewards: [$0 == 0 ? 1 : 0],
          sparseRewards: [0], terminated: true)
      })
    table.weights = Tensor(probabilities(theta), shape: [5], precision: .double)
    return table
  }

  /// r₀ + γ V(s₁), with the expected return as the baseline; V has a separate discount.
  func assessment(
    _ discount: Tensor, valuesDiscountedBy other: Double, _ theta: Parameters
  ) -> MetaGradientActorCritic.Assessment {
    let values = zip(delays, pays).map { $0 == 1 ? 0 : pow(other, Double($0 - 2)) * $1 }
    func row(_ x: [Double]) -> Tensor { Tensor(x, shape: [5, 1], precision: .double) }
    let returns = lambdaReturns(
      rewards: row([1, 0, 0, 0, 0]), nextValues: row(values), continues: row([1, 1, 1, 1, 1]), discounts: discount,
      decays: Tensor([0], shape: [1, 1], precision: .double)
    ).reshaped([5])
    let mean = (Tensor(probabilities(theta), shape: [5], precision: .double) * returns.detached).sum()
    return (returns, mean.broadcast(to: [5]))
  }

  /// θ', with a history that leads to the free number.
  func step(_ leaves: Parameters) -> Parameters {
    let eta = learner.returnParameters(leaves)
    return learner.step(
      from: theta, on: table(theta),
      inner: assessment(eta.discount, valuesDiscountedBy: eta.discount.scalar, theta), outer: nil, seen: eta)
  }

  /// ∂J'/∂θ', with γ' = 1 and a return of one step, which bootstraps from the true values with γ' or with γ.
  func outerGradient(_ critic: Critic, _ theta: Parameters) -> Parameters {
    let one = Tensor([1], shape: [1, 1], precision: .double)
    let judged = assessment(one, valuesDiscountedBy: critic == .outer ? 1 : discount, theta)
    return learner.outerGradient(table(theta), judged, at: theta)
  }

  /// One update of θ and, with a critic, of γ.
  mutating func update(_ critic: Critic?, _ optimizer: inout Adam) {
    let leaves = free.asLeaves
    let next = step(leaves)
    if let critic {
      let direction = outerGradient(critic, next.detached)
      let way = Pullback(of: next.tensors, to: leaves.tensors)
      optimizer.update(&free, along: Parameters(names: free.names, tensors: way(direction.tensors)).map { -$0 })
    }
    theta = next.detached
  }
}

@Suite struct MetaGradientActorCriticTests {
  private func expect(_ computed: [Double], _ due: [Double], within tolerance: Double = 1e-8) {
    #expect(computed.count == due.count)
    for (x, y) in zip(computed, due) { #expect(abs(x - y) < tolerance, "\(computed), not \(due)") }
  }

  @Test func theFirstStepOnTheChainIsExact() throws {
    let chain = try ExactChain()
    let leaves = chain.free.asLeaves
    let next = chain.step(leaves)
    let advantage = chain.assessment(
      chain.learner.returnParameters(chain.free).discount, valuesDiscountedBy: 0.95, chain.theta)
    expect(
      (advantage.returns - advantage.values).doubles,
      [0.44249787, 0.34499787, 0.07274728, -0.30897303, -0.55126999])
    let bias = next["layer1.bias"]
    expect(bias.doubles, [0.04424979, 0.03449979, 0.00727473, -0.0308973, -0.055127])
    // The derivative with respect to γ is that with respect to the free number, over 0.1 σ (1 - σ) = 0.025.
    func derivative(_ direction: Tensor) -> Double {
      Pullback(of: [bias], to: leaves.tensors)([direction])[0].scalar / 0.025
    }
    let rows = (0..<5).map { i in
      derivative(Tensor((0..<5).map { $0 == i ? 1 : 0 }, shape: [5], precision: .double))
    }
    expect(rows, [-0.0376318, 0.0573682, 0.02871024, -0.01147085, -0.03697579])
    let outer = chain.outerGradient(.outer, next.detached)["layer1.bias"]
    expect(outer.doubles, [-0.00404796, -0.00400868, -0.00390102, 0.01562269, -0.00366503])
    #expect(abs(derivative(outer) - -0.00023333) < 1e-8)
    let inner = chain.outerGradient(.inner, next.detached)["layer1.bias"]
    expect(inner.doubles, [0.08545661, 0.07428386, 0.01459575, -0.06381221, -0.11052401])
    #expect(abs(derivative(inner) - 0.00628338) < 1e-8)
  }

  /// Returns of whole episodes, which depend on γ through every step.
  @Test func withWholeReturnsTheMetaGradientEqualsDifferences() throws {
    let chain = try ExactChain()
    let pays = [1, 1, 1, 1.1, 1]
    var rewards = [Double](repeating: 0, count: 500)
    for (lane, delay) in DiscountingChain.delays.enumerated() { rewards[100 * lane + delay - 1] = pays[lane] }
    func table(_ x: [Double]) -> Tensor { Tensor(x, shape: [5, 100], precision: .double) }
    let (ones, zeros) = ([Double](repeating: 1, count: 500), [Double](repeating: 0, count: 500))
    func stepped(_ discount: Tensor) -> Parameters {
      let returns = lambdaReturns(
        rewards: table(rewards), nextValues: table(zeros), continues: table(ones), discounts: discount,
        decays: Tensor([1], shape: [1, 1], precision: .double)
      ).slice(0..<1, axis: 1).reshaped([5])
      let eta = ReturnParameters(discount: discount, decay: Tensor(1, precision: .double))
      return chain.learner.step(
        from: chain.theta, on: chain.table(chain.theta),
        inner: (returns, Tensor(repeating: 0, shape: [5], precision: .double)), outer: nil, seen: eta)
    }
    func expectedReturn(_ theta: Parameters) -> Double {
      zip(chain.probabilities(theta), pays).reduce(0) { $0 + $1.0 * $1.1 }
    }
    func discount(_ x: Double) -> Tensor { Tensor([x], shape: [1, 1], precision: .double) }
    let leaf = Parameters(names: ["discount"], tensors: [discount(0.95)]).asLeaves
    let next = stepped(leaf["discount"])
    let outer = chain.outerGradient(.outer, next.detached)
    let exact = Pullback(of: next.tensors, to: leaf.tensors)(outer.tensors)[0].scalar
    #expect(abs(exact - 0.00852354) < 1e-8)
    let h = 1e-5
    let difference =
      (expectedReturn(stepped(discount(0.95 + h))) - expectedReturn(stepped(discount(0.95 - h)))) / (2 * h)
    #expect(abs(exact - difference) < 1e-8)
  }

  /// γ and the return after given numbers of expected updates, with entropy; values from an independent program.
  @Test("Expected updates raise the discount with an outer critic, and lower it without")
  func expectedUpdates() throws {
    func run(
      _ critic: ExactChain.Critic?, from discount: Double,
      _ due: [(updates: Int, discount: Double?, earned: Double?)]
    ) throws {
      var chain = try ExactChain(discount: discount, entropyWeight: 0.005)
      var optimizer = Adam(stepSize: 0.1)
      for update in 1...(due.last?.updates ?? 0) {
        let used = discount < 1 ? chain.discount : 1
        chain.update(critic, &optimizer)
        guard let row = due.first(where: { $0.updates == update }) else { continue }
        if let due = row.discount { #expect(abs(used - due) < 6e-5, "update \(update): \(used), not \(due)") }
        if let due = row.earned {
          #expect(abs(chain.expectedReturn - due) < 6e-5, "update \(update): \(chain.expectedReturn), not \(due)")
        }
      }
    }
    try run(nil, from: 0.95, [(100, 0.95, 1.0011), (500, nil, 1.0001)])
    try run(nil, from: 1, [(100, nil, 1.0471), (500, nil, 1.0939), (1000, nil, 1.0974), (2000, nil, 1.0988)])
    try run(
      .outer, from: 0.95,
      [
        (10, 0.9289, nil), (50, 0.9455, nil), (100, 0.9971, 1.0016), (500, 0.9999, 1.0034), (1000, 1, 1.0765),
        (2000, 1, 1.0980),
      ])
    // Control: an outer return that bootstraps from the inner critic drives γ to its lower bound.
    try run(
      .inner, from: 0.95,
      [(10, 0.9699, nil), (50, 0.9432, nil), (100, 0.9025, 1.0010), (500, 0.9018, 1.0001), (1000, 0.9017, 1.0001)])
  }

  private func makeLearner(
    on family: any TaskFamily, seed: UInt64 = 1, _ change: (inout MetaGradientActorCritic.Configuration) -> Void
  ) throws -> MetaGradientActorCritic {
    var c = MetaGradientActorCritic.Configuration()
    change(&c)
    return try MetaGradientActorCritic(c, for: family.spec, using: RandomStream(seed: seed).split("init"))
  }

  private func played(
    _ learner: MetaGradientActorCritic, on family: some TaskFamily, _ name: String
  ) throws -> EpisodeTable {
    var environment = family.makeEnvironment(for: (0..<4).map { TaskID(.train, $0) })
    let random = LaneRandom((0..<4).map { RandomStream(seed: 7).split(name, $0) })
    var agent = learner.makeAgent(using: random)
    return EpisodeTable(try playEpisode(&agent, in: &environment, spec: family.spec, random: random))
  }

  /// Through an update of all networks with fixed episodes and outer advantages: for γ and λ, choices and vectors.
  @Test(arguments: smallFamilies, [0, 3])
  func theMetaGradientEqualsDifferences(family: any TaskFamily, embedding: Int) throws {
    func check(_ family: some TaskFamily) throws {
      var learner = try makeLearner(on: family) {
        ($0.learned, $0.initialDecay, $0.hiddenSizes, $0.embeddingSize) = (.both, 0.7, [4], embedding)
      }
      let (first, second) = (try played(learner, on: family, "inner"), try played(learner, on: family, "outer"))
      learner.theta = learner.theta.map { $0.converted(to: .double) }
      let free = learner.free.map { $0.converted(to: .double) }
      let start = free
      let weights = Tensor(
        second.steps.indices.map { Double($0 % 7) - 2 }, shape: [second.steps.count], precision: .double)
      let zeros = Tensor(repeating: 0, shape: weights.shape, precision: .double)
      func next(_ free: Parameters) -> Parameters {
        learner.step(
          from: learner.theta, on: first, learner.returnParameters(free), seen: learner.returnParameters(start))
      }
      let leaves = free.asLeaves
      let (stepped, direction) = (next(leaves), learner.outerGradient(second, (weights, zeros), at: next(free)))
      let exact = Pullback(of: stepped.tensors, to: leaves.tensors)(direction.tensors).map(\.scalar)
      // dJ'/dη = ∂J'/∂θ' · dθ'/dη, where ∂J'/∂θ' is `direction`, and dθ'/dη is a difference.
      for (i, name) in free.names.enumerated() {
        func moved(_ by: Double) -> Parameters {
          next(free.replacing(Parameters(names: [name], tensors: [free[name] + Tensor(by, precision: .double)])))
        }
        let difference = direction.dot(moved(1e-5) - moved(-1e-5)) / 2e-5
        #expect(abs(exact[i] - difference) < 1e-6 * max(abs(exact[i]), 1e-3), "\(exact[i]) against \(difference)")
      }
    }
    try check(family)
  }

  @Test func theTableHoldsEpisodesOfDifferentLengths() {
    func episode(_ rewards: [Float], _ first: Float) -> Episode {
      Episode(
        observations: (0...rewards.count).map { first + Float($0) },
        actions: .discrete(rewards.map { _ in 0 }), denseRewards: rewards, sparseRewards: rewards, terminated: false
      )
    }
    let table = EpisodeTable([episode([1, 2], 0), episode([4], 10), episode([1, 1, 1], 20)])
    #expect(table.rewards.floats == [1, 2, 0, 4, 0, 0, 1, 1, 1])
    #expect(table.continues.floats == [1, 0, 0, 0, 0, 0, 1, 1, 0])
    #expect(table.observations.floats == [0, 1, 10, 20, 21, 22])
    #expect(table.meanReturn == 10.0 / 3)
    let values = Tensor([Float](repeating: 100, count: 9))
    func returns(_ decay: Double) -> [Float] {
      table.returns(values: values, discount: Tensor(0.5), decay: Tensor(decay)).floats
    }
    #expect(returns(1) == [2, 2, 4, 1.75, 1.5, 1])
    #expect(returns(0) == [51, 2, 4, 51, 51, 1])
  }

  /// The mean return of the last ten iterations, and the final γ.
  private func trained(
    _ updates: Int, seed: UInt64, _ change: (inout MetaGradientActorCritic.Configuration) -> Void = { _ in }
  ) throws -> (earned: Double, discount: Double) {
    let family = DiscountingChain(bonus: .thirtySteps)
    var learner = try makeLearner(on: family, seed: seed, change)
    let earned = try train(&learner, on: family, iterations: 0..<updates, seed: seed)
      .map { $0.metrics["returnBefore"] ?? .nan }
    return (earned.suffix(10).reduce(0, +) / 10, learner.returnParameters(learner.free).discount.scalar)
  }

  /// Controls: an outer return that bootstraps from the inner critic lowers γ, and without meta-steps γ stays.
  @Test func sampledUpdatesRaiseTheDiscount() throws {
    let tuned = try trained(250, seed: 0)
    #expect(tuned.discount > 0.965, "\(tuned)")
    let trapped = try trained(250, seed: 0) { ($0.outerCritic, $0.outerDecay) = (.inner, 0) }
    #expect(trapped.discount < 0.91, "\(trapped)")
    let fixed = try trained(3, seed: 0) { $0.metaStepSize = 0 }
    #expect(fixed.discount == Double(Float(0.95)), "\(fixed)")
  }

  @Test func settingsThatContradictEachOtherAreRefused() throws {
    func expectRefusal(
      _ setting: String, _ advice: String, _ change: (inout MetaGradientActorCritic.Configuration) -> Void
    ) {
      let error = #expect(throws: SettingsError.self) { try makeLearner(on: DiscountingChain(), change) }
      #expect(error?.description.hasPrefix(setting) == true && error?.description.contains(advice) == true)
    }
    expectRefusal("lowestDiscount", "--set lowestDiscount=0.9") { $0.lowestDiscount = 1 }
    expectRefusal("initialDiscount", "--set initialDiscount=0.95") { $0.initialDiscount = 1 }
    expectRefusal("initialDecay", "--set initialDecay=0.9") { $0.learned = .both }
  }
}
