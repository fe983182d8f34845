import MetaRL
import Networks
import Tensors

/// The mean of the losses of some tasks as a function of meta-parameters: what an outer update descends.
public struct MetaObjective: Sendable {
  /// The number of tasks.
  public let taskCount: Int
  /// The order of derivatives of inner steps.
  public let order: GradientOrder
  /// The distributions of a task's policy when its data were played.
  public let played: @Sendable (_ task: Int) -> ActionDistribution
  /// The loss of a task, and the distributions of its policy, with all inner steps taken again from given meta-parameters.
  public let loss:
    @Sendable (_ task: Int, _ theta: Parameters, _ order: GradientOrder) -> (
      loss: Tensor, distributions: ActionDistribution
    )

  /// The part of a task's loss that is a penalty, if there is one; how much of the gradient it makes up is logged.
  public var penalty: (@Sendable (_ task: Int, _ theta: Parameters) -> Tensor)?

  /// Describes an objective.
  public init(
    taskCount: Int, order: GradientOrder, played: @escaping @Sendable (_ task: Int) -> ActionDistribution,
    loss:
      @escaping @Sendable (_ task: Int, _ theta: Parameters, _ order: GradientOrder) -> (
        loss: Tensor, distributions: ActionDistribution
      )
  ) {
    self.taskCount = taskCount
    self.order = order
    self.played = played
    self.loss = loss
  }

  /// One step of trust-region policy optimization.
  ///
  /// The divergence between adapted policies has no gradient at θ, so its Hessian there is the Fisher information of
  /// the adapted policies, pulled back through the inner steps.
  ///
  /// - Parameters:
  ///   - trustRegion: the step.
  ///   - theta: where.
  ///   - session: receives loss, divergence and backtracks.
  /// - Returns: the new meta-parameters; the old ones if no try was accepted.
  /// - Throws: `TrainingError` if loss or gradient are not finite.
  public func step(
    _ trustRegion: TrustRegionStep, from theta: Parameters, _ session: inout TrainingSession
  ) throws -> Parameters {
    let (objective, workers) = (self, session.workers)
    let here = try workers.map(0..<taskCount) { task in
      let leaves = theta.asLeaves
      let (loss, distributions) = objective.loss(task, leaves, objective.order)
      let pullback = Pullback(of: [loss], to: leaves.tensors)
      let gradient = Parameters(names: leaves.names, tensors: pullback([Tensor(1, precision: loss.precision)]))
      let fisher = GaussNewtonProduct(of: distributions.outputs, to: leaves, metric: distributions.fisher())
      return (loss: loss.scalar, gradient: gradient, fisher: fisher)
    }
    let (loss, gradient) = (mean(here.map(\.loss)), Parameters.mean(here.map(\.gradient)))
    try session.checkFinite(loss, gradient)
    logPenaltyShare(of: gradient, at: theta, &session)
    let outcome = try trustRegion(
      from: theta, loss: loss, gradient: gradient,
      fisherProduct: { direction in Parameters.mean(try workers.map(here) { $0.fisher(direction) })
      },
      evaluate: { candidate in
        let tries = try workers.map(0..<taskCount) { task in
          let (loss, distributions) = objective.loss(task, candidate, .first)
          let divergence = objective.played(task).divergence(to: distributions).mean()
          return (loss: loss.scalar, divergence: divergence.scalar)
        }
        return (mean(tries.map(\.loss)), mean(tries.map(\.divergence)))
      })
    session.log("loss", loss)
    session.log("divergence", outcome.divergence)
    session.log("backtracks", Double(outcome.backtracks ?? -1))
    return outcome.parameters
  }

  /// One step of Adam.
  ///
  /// - Parameters:
  ///   - state: the meta-parameters, which are moved, and Adam.
  ///   - session: the iteration.
  /// - Returns: the loss before the step.
  /// - Throws: `TrainingError` if loss, gradient or new parameters are not finite.
  public func step(
    _ state: inout GradientState, _ session: inout TrainingSession
  ) throws -> Double {
    let (objective, start) = (self, state.theta)
    let tasks = try session.workers.map(0..<taskCount) { task in
      let (value, gradient) = valueAndGradient(at: start) { objective.loss(task, $0, objective.order).loss }
      return (loss: value.scalar, gradient: gradient)
    }
    let (loss, gradient) = (mean(tasks.map(\.loss)), Parameters.mean(tasks.map(\.gradient)))
    try session.checkFinite(loss, gradient)
    logPenaltyShare(of: gradient, at: start, &session)
    state.update(along: gradient)
    guard state.theta.isFinite else {
      throw TrainingError("the step of iteration \(session.iteration) gave parameters that are not finite")
    }
    return loss
  }

  /// Logs |p| / (|p| + |g - p|), where p is what the penalty adds to the gradient g.
  private func logPenaltyShare(of gradient: Parameters, at theta: Parameters, _ session: inout TrainingSession) {
    guard let penalty else { return }
    let part = Parameters.mean(
      (0..<taskCount).map { task in valueAndGradient(at: theta) { penalty(task, $0) }.gradient })
    let rest = gradient - part
    let lengths = (penalty: part.dot(part).squareRoot(), rest: rest.dot(rest).squareRoot())
    session.log("penaltyShare", lengths.penalty > 0 ? lengths.penalty / (lengths.penalty + lengths.rest) : 0)
  }
}
