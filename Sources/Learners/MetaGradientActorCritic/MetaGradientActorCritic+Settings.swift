import MetaRL
import Networks
import Tensors

extension MetaGradientActorCritic {
  /// The parameters of the return that are learned.
  public enum Learned: String, Codable, Sendable, CaseIterable {
    /// The discount γ.
    case discount
    /// The decay λ.
    case decay
    /// Both.
    case both

    var includesDiscount: Bool { self != .decay }
    var includesDecay: Bool { self != .discount }
  }

  /// The estimate of values.
  public enum Critic: String, Codable, Sendable, CaseIterable {
    /// A network.
    case network
    /// The mean of the batch's returns from each distinct observation: exact for the batch where observations recur, and
    /// useless where none does, since every advantage is then 0.
    case observationMeans = "observation-means"
  }

  /// The critic whose values are the baseline of the outer return, and which it bootstraps from.
  public enum OuterCritic: String, Codable, Sendable, CaseIterable {
    /// A separate critic, which learns the outer return.
    case own
    /// The inner critic, which learns the return with γ and λ.
    case inner
  }

  /// The settings.
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public struct Configuration: LearnerConfiguration {
    @Setting(
      "Parameters of the return that are learned",
      source: "Xu et al. 2018; the discount alone on the chain: Bonnet et al. 2022, authors' code")
    public var learned = Learned.discount
    @Setting(
      "Size of a step of Adam on discount and decay. 0: they stay fixed, and no outer batch is played", 0...10,
      symbol: "β", source: chain)
    public var metaStepSize = 0.1
    @Setting(
      "Size of a step of actor and critics", 0...100, symbol: "α", source: "our choice; the chain's preset is tuned"
    )
    public var innerStepSize = 0.08
    @Setting(
      "Episodes in each of an iteration's two batches, before and after the step", 1...10_000, source: "our choice")
    public var episodesPerStep = 64
    @Setting("Initial discount", 0...1, symbol: "γ", source: chain)
    public var initialDiscount = 0.95
    @Setting("Lower bound of the discount", 0...1, source: chain)
    public var lowestDiscount = 0.9
    @Setting("Upper bound of the discount", 0...1, source: chain)
    public var highestDiscount = 1.0
    @Setting("Initial decay of λ-returns", 0...1, symbol: "λ", source: "Xu et al. 2018")
    public var initialDecay = 1.0
    @Setting("Discount of the outer return", 0...1, symbol: "γ'", source: chain)
    public var outerDiscount = 1.0
    @Setting(
      "Decay of the outer return. 1: its critic is a baseline only", 0...1, symbol: "λ'", source: "Xu et al. 2018")
    public var outerDecay = 1.0
    @Setting("The critic that the outer return bootstraps from and that is its baseline", source: chain)
    public var outerCritic = OuterCritic.own
    @Setting(
      "The estimate of values: a network, or the mean of a batch's returns from each distinct observation",
      source: "Xu et al. 2018 (network)")
    public var critic = Critic.network
    @Setting("Weight of the squared errors of critic networks", 0...100, symbol: "c", source: "our choice")
    public var criticWeight = 0.3
    @Setting("Weight of the policy's entropy in a step", 0...100, symbol: "d", source: "our choice")
    public var entropyWeight = 0.02
    @Setting("Weight of the policy's entropy in the outer objective", 0...100, source: "our choice")
    public var outerEntropyWeight = 0.0
    @Setting(
      "Size of the embedding of discount and decay that is appended to the networks' input. 0: no embedding",
      0...1024,
      source: "our choice for one learned number; Xu et al. 2018 have 16")
    public var embeddingSize = 0
    @Setting("The reward channel of both returns", source: "our choice")
    public var trainingReward = RewardChoice.reported
    @Setting(
      "Widths of the hidden layers of each network", each: 1...4096, count: 0...8, source: "our choice")
    public var hiddenSizes = [32]
    @Setting("The function between layers", source: "our choice")
    public var activation = Activation.tanh

    /// The defaults.
    public init() {}

    static let discountName = "discount"
    static let decayName = "decay"

    /// Refuses settings that contradict each other.
    ///
    /// - Throws: `SettingsError`.
    func check() throws {
      guard lowestDiscount < highestDiscount else {
        throw SettingsError(
          "lowestDiscount is \(lowestDiscount) and must be below highestDiscount, \(highestDiscount): "
            + "--set lowestDiscount=0.9 --set highestDiscount=1")
      }
      if learned.includesDiscount, metaStepSize > 0,
        !(lowestDiscount < initialDiscount && initialDiscount < highestDiscount)
      {
        throw SettingsError(
          "initialDiscount is \(initialDiscount), and a learned discount starts between lowestDiscount, \(lowestDiscount), "
            + "and highestDiscount, \(highestDiscount): --set initialDiscount="
            + "\(0.5 * (lowestDiscount + highestDiscount)), or --set metaStepSize=0 for a fixed discount")
      }
      if learned.includesDecay, metaStepSize > 0, !(0 < initialDecay && initialDecay < 1) {
        throw SettingsError(
          "initialDecay is \(initialDecay), and a learned decay starts between 0 and 1: --set initialDecay=0.9, or "
            + "--set learned=discount for a fixed decay")
      }
    }

    /// γ' and λ'.
    var outerReturn: ReturnParameters { ReturnParameters(outerDiscount, outerDecay) }

    /// The unconstrained numbers that give the initial γ and λ.
    var initialFreeNumbers: Parameters {
      func inverseLogistic(_ share: Double) -> Tensor { Tensor(share / (1 - share)).log() }
      var (names, tensors): ([String], [Tensor]) = ([], [])
      if metaStepSize > 0, learned.includesDiscount {
        names.append(Self.discountName)
        tensors.append(inverseLogistic((initialDiscount - lowestDiscount) / (highestDiscount - lowestDiscount)))
      }
      if metaStepSize > 0, learned.includesDecay {
        names.append(Self.decayName)
        tensors.append(inverseLogistic(initialDecay))
      }
      return Parameters(names: names, tensors: tensors)
    }

    private static let chain = "Bonnet et al. 2022, arXiv:2211.10550, authors' code of the discounting chain"
  }
}
