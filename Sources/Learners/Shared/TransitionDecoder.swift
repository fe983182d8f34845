import MetaRL
import Networks
import Tensors

/// Predicts the reward of a step from a latent vector, and on request where the step led to.
public struct TransitionDecoder: Sendable {
  /// The network that predicts rewards.
  public enum RewardModel: String, Codable, Sendable, CaseIterable {
    /// It sees the latent vector and the step, and has one output.
    case step
    /// It sees the latent vector alone and has an output for each number of an observation, with which they are multiplied
    /// and summed up: where observations are one-hot states, the output of the state that the step led to.
    case states
  }

  /// The loss of a predicted reward.
  public enum RewardError: String, Codable, Sendable, CaseIterable {
    /// The squared difference.
    case squared
    /// Minus the log-probability of whether the reward is above 0.
    case bernoulli
  }

  /// From latent vector, or latent vector and step, to rewards.
  package let rewards: MLP
  /// From latent vector and step to the next observation, if that is predicted.
  package let states: MLP?
  private let model: RewardModel
  private let error: RewardError
  private let seesObservation: Bool
  private let seesAction: Bool

  /// Describes the networks.
  ///
  /// - Parameters:
  ///   - model: what predicts rewards.
  ///   - error: how predicted rewards are judged.
  ///   - latentSize: the numbers of a latent vector.
  ///   - observationSize: the numbers of an observation.
  ///   - actionSize: the numbers of an action; one a choice.
  ///   - hiddenSizes: the widths of the hidden layers.
  ///   - seesObservation: whether rewards are predicted from the observation before the step, too; with model `step`.
  ///   - seesAction: whether they are from the action; with model `step`.
  ///   - predictsStates: whether there is a network for the next observation.
  package init(
    _ model: RewardModel, _ error: RewardError, latentSize: Int, observationSize: Int, actionSize: Int,
    hiddenSizes: [Int], seesObservation: Bool, seesAction: Bool, predictsStates: Bool
  ) {
    (self.model, self.error) = (model, error)
    (self.seesObservation, self.seesAction) = (seesObservation, seesAction)
    let seen = (seesObservation ? observationSize : 0) + (seesAction ? actionSize : 0) + observationSize
    let sizes =
      switch model {
      case .step: [latentSize + seen] + hiddenSizes + [1]
      case .states: [latentSize] + hiddenSizes + [observationSize]
      }
    rewards = MLP(sizes: sizes, activation: .relu, prefix: "decoder.reward.")
    states =
      predictsStates
      ? MLP(
        sizes: [latentSize + observationSize + actionSize] + hiddenSizes + [observationSize], activation: .relu,
        prefix: "decoder.state.") : nil
  }

  /// The names of the parameters of all networks.
  package var parameterNames: [String] { rewards.parameterNames + (states?.parameterNames ?? []) }

  /// Draws initial parameters.
  package func makeParameters(using random: RandomStream) -> Parameters {
    let rewards = rewards.makeParameters(using: random.split("reward"), .fanIn)
    return states.map { rewards.merging($0.makeParameters(using: random.split("state"), .fanIn)) } ?? rewards
  }

  /// Steps of lifetimes side by side: `[lifetime * step, ...]`, shorter lifetimes ending in zeros.
  package struct Steps: Sendable {
    package let lifetimeCount: Int
    package let before: Tensor
    package let actions: Tensor
    package let after: Tensor
    /// `[lifetime * step]`.
    package let rewards: Tensor

    package init(lifetimeCount: Int, before: Tensor, actions: Tensor, after: Tensor, rewards: Tensor) {
      self.lifetimeCount = lifetimeCount
      (self.before, self.actions, self.after, self.rewards) = (before, actions, after, rewards)
    }

    var stepCount: Int { rewards.count / max(lifetimeCount, 1) }
  }

  /// What rewards are compared with: themselves, or 1 if they are above 0.
  private func labels(_ steps: Steps) -> Tensor {
    error == .squared ? steps.rewards : Tensor(steps.rewards.floats.map { $0 > 0 ? 1 : 0 })
  }

  private func errors(_ predicted: Tensor, _ labels: Tensor) -> Tensor {
    switch error {
    case .squared:
      let difference = predicted - labels
      return difference * difference
    case .bernoulli: return predicted.softplus() - predicted * labels
    }
  }

  /// The mean prediction from some latent vectors of the reward of a step that leads to an observation; where only whether it is
  /// above 0 is predicted, the probability of that.
  ///
  /// Where the step itself is seen, too, it is one that leads from an observation to itself, by each of some actions alike.
  ///
  /// - Parameters:
  ///   - observations: `[observation, number]`.
  ///   - actions: `[action, number]`.
  ///   - z: `[vector, latent]`.
  ///   - theta: the parameters of the networks are among them.
  /// - Returns: a number for each observation.
  package func rewards(
    at observations: Tensor, by actions: Tensor, from z: Tensor, _ theta: Parameters
  ) -> [Double] {
    let places = observations.shape[0]
    let outputs: Tensor
    switch model {
    case .states: outputs = rewards(z, theta).matmul(observations, .rightTransposed)
    case .step:
      let steps = places * actions.shape[0]
      let rows = Array(0..<z.shape[0] * steps)
      let place = observations.gather(rows.map { $0 % places })
      let seen =
        (seesObservation ? [place] : [])
        + (seesAction ? [actions.gather(rows.map { $0 % steps / places })] : []) + [place]
      let inputs = Tensor.concatenate([z.gather(rows.map { $0 / steps })] + seen, axis: 1)
      outputs = rewards(inputs, theta).reshaped([rows.count / places, places])
    }
    let predicted = error == .bernoulli ? outputs.sigmoid() : outputs
    return ((1 / Double(outputs.shape[0])) * predicted.sum(axis: 0)).doubles
  }

  /// The weighted sum of the losses of all rewards, and of all next observations, if they are predicted.
  ///
  /// - Parameters:
  ///   - steps: of some lifetimes.
  ///   - z: as many latent vectors for each lifetime, `[lifetime * vector, latent]`.
  ///   - weights: of each step for each vector of its lifetime, `[lifetime * vector * step]`; most may be 0.
  ///   - theta: the parameters of the networks are among them.
  /// - Returns: both sums; the loss of an observation is the mean of its squared errors.
  package func losses(
    of steps: Steps, from z: Tensor, weights: [Float], _ theta: Parameters
  ) -> (rewards: Tensor, states: Tensor?) {
    let (count, vectors) = (steps.stepCount, z.shape[0] / max(steps.lifetimeCount, 1))
    let pairs = model == .step || states != nil ? weights.indices.filter { weights[$0] != 0 } : []
    let vectorRows = pairs.map { $0 / count }
    let stepRows = pairs.map { $0 / (vectors * count) * count + $0 % count }
    let pairWeights = Tensor(pairs.map { weights[$0] })
    func inputs(_ seen: [Tensor]) -> Tensor {
      Tensor.concatenate([z.gather(vectorRows), Tensor.concatenate(seen, axis: 1).gather(stepRows)], axis: 1)
    }
    let rewardLoss: Tensor
    switch model {
    case .states:
      // The outputs depend on the vector alone: they are computed once, and all steps look theirs up.
      let (lifetimes, size) = (steps.lifetimeCount, steps.after.shape[1])
      let predicted = rewards(z, theta).reshaped([lifetimes, vectors, size])
        .matmul(steps.after.reshaped([lifetimes, count, size]), .rightTransposed)
      let labels = labels(steps).reshaped([lifetimes, 1, count])
      rewardLoss = (errors(predicted, labels) * Tensor(weights, shape: [lifetimes, vectors, count])).sum()
    case .step:
      let seen = (seesObservation ? [steps.before] : []) + (seesAction ? [steps.actions] : []) + [steps.after]
      let predicted = rewards(inputs(seen), theta).reshaped([pairs.count])
      rewardLoss = (errors(predicted, labels(steps).gather(stepRows)) * pairWeights).sum()
    }
    guard let states else { return (rewardLoss, nil) }
    let difference = states(inputs([steps.before, steps.actions]), theta) - steps.after.gather(stepRows)
    let size = Double(steps.after.shape[1])
    let stateLoss = (1 / size) * ((difference * difference).sum(axis: 1) * pairWeights).sum()
    return (rewardLoss, stateLoss)
  }
}
