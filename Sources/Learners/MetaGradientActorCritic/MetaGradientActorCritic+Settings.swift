import MetaRL
import Networks
import Tensors

extension MetaGradientActorCritic {
  /// What is learned of a return.
  public enum Learned: String, Codable, Sendable, CaseIterable {
    /// γ.
    case discount
    /// λ.
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
    /// The mean of the batch's returns after each distinct observation: exact where few observations recur, and useless
    /// where none does.
    case observationMeans = "observation-means"
  }

  /// Whose values the outer return is compared with and bootstraps from.
  public enum OuterCritic: String, Codable, Sendable, CaseIterable {
    /// Those of a critic that learns the outer return.
    case own
    /// Those of the critic that learns the return with γ and λ.
    case inner
  }

  /// The settings.
  // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
  public struct Configuration: LearnerConfiguration {
    @Setting(
      "What is learned of the return",
      source: "Xu et al. 2018; the discount alone on the chain: Bonnet et al. 2022, authors' code")
    public var learned = Learned.discount
    @Setting(
      "Size of a step of Adam of discount and decay. 0: they stay, and no outer batch is played", 0...10,
      symbol: "β", source: chain)
    public var metaStepSize = 0.1
    @Setting(
      "Size of a step of the networks", 0...100, symbol: "α", source: "our choice; the chain's preset is tuned")
    public var innerStepSize = 0.08
    @Setting("Episodes before each step, and as many after it", 1...10_000, source: "our choice")
    public var episodesPerStep = 64
    @Setting("The discount at the start", 0...1, symbol: "γ", source: chain)
    public var initialDiscount = 0.95
    @Setting("Lower bound of the discount", 0...1, source: chain)
    public var lowestDiscount = 0.9
    @Setting("Upper bound of the discount", 0...1, source: chain)
    public var highestDiscount = 1.0
    @Setting("The decay of returns at the start", 0...1, symbol: "λ", source: "Xu et al. 2018")
    public var initialDecay = 1.0
    @Setting("The discount of the outer return", 0...1, symbol: "γ'", source: chain)
    public var outerDiscount = 1.0
    @Setting(
      "The decay of the outer return. 1: critics are baselines only", 0...1, symbol: "λ'", source: "Xu et al. 2018")
    public var outerDecay = 1.0
    @Setting("Whose values the outer return is compared with and bootstraps from", source: chain)
    public var outerCritic = OuterCritic.own
    @Setting(
      "The estimate of values: a network, or the mean of a batch's returns after each distinct observation",
      source: "Xu et al. 2018 (network)")
    public var critic = Critic.network
    @Setting("Weight of the errors of networks that estimate values", 0...100, symbol: "c", source: "our choice")
    public var criticWeight = 0.3
    @Setting("Weight of the policy's entropy in a step", 0...100, symbol: "d", source: "our choice")
    public var entropyWeight = 0.02
    @Setting("Weight of the policy's entropy in the outer objective", 0...100, source: "our choice")
    public var outerEntropyWeight = 0.0
    @Setting(
      "Numbers that discount and decay are shown to the networks as. 0: they are not shown", 0...1024,
      source: "our choice for one number; Xu et al. 2018 have 16")
    public var embeddingSize = 0
    @Setting("The reward that is learned from", source: "our choice")
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
          "lowestDiscount is \(lowestDiscount), and highestDiscount \(highestDiscount): it has to be larger, "
            + "as with --set lowestDiscount=0.9 --set highestDiscount=1")
      }
      if learned.includesDiscount, metaStepSize > 0,
        !(lowestDiscount < initialDiscount && initialDiscount < highestDiscount)
      {
        throw SettingsError(
          "initialDiscount is \(initialDiscount): a discount that is learned starts between lowestDiscount, "
            + "\(lowestDiscount), and highestDiscount, \(highestDiscount), as with "
            + "--set initialDiscount=\(0.5 * (lowestDiscount + highestDiscount)); metaStepSize=0 holds it fixed")
      }
      if learned.includesDecay, metaStepSize > 0, !(0 < initialDecay && initialDecay < 1) {
        throw SettingsError(
          "initialDecay is \(initialDecay): a decay that is learned starts between 0 and 1, as with "
            + "--set initialDecay=0.9; learned=discount holds it fixed")
      }
    }

    /// γ' and λ'.
    var outerReturn: ReturnParameters { ReturnParameters(outerDiscount, outerDecay) }

    /// What gives γ and λ as they are at the start.
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
