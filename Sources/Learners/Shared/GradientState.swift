import MetaRL
import Networks
import Tensors

/// Trained state of a learner that uses Adam: the meta-parameters and their optimizer.
public struct GradientState: Codable, Sendable {
  /// The meta-parameters.
  public var theta: Parameters
  /// The optimizer that moves them.
  public var optimizer: Adam
  /// The optimizer of inner steps, for learners that carry its state from task to task.
  public var innerOptimizer: Adam?

  /// Starts from initial parameters.
  public init(_ theta: Parameters, _ optimizer: Adam) { (self.theta, self.optimizer) = (theta, optimizer) }

  /// Moves the meta-parameters one step down a gradient.
  public mutating func update(along gradient: Parameters) { optimizer.update(&theta, along: gradient) }

  /// Whether the parameters have the names and shapes of those of `other`, and the optimizer fits them.
  public func hasForm(of other: GradientState) -> Bool {
    theta.hasForm(of: other.theta) && optimizer.canMove(theta)
  }
}

extension MetaLearner where State == GradientState {
  /// The meta-parameters.
  public var theta: Parameters {
    get { state.theta }
    set { state.theta = newValue }
  }

  /// Whether the stored parameters are those of networks with these settings.
  public func canContinue(from state: GradientState) -> Bool { state.hasForm(of: self.state) }
}

extension TrainingSession {
  /// Ends training before a step along a gradient that is not finite.
  ///
  /// - Throws: `TrainingError`.
  func checkFinite(_ loss: Double, _ gradient: Parameters) throws {
    guard loss.isFinite, gradient.isFinite else {
      throw TrainingError("the gradient of iteration \(iteration) is not finite; loss \(loss)")
    }
  }
}
