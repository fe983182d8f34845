import Networks
import Tensors

/// Parameters that Adam moves, and those of a target network, which follow them.
package struct FollowedParameters: Codable, Sendable {
  package internal(set) var theta: Parameters
  package internal(set) var target: Parameters
  private var optimizer: Adam
  /// Updates since the target last moved.
  private var updatesSinceTarget = 0

  /// Starts with a target like the parameters.
  init(_ theta: Parameters, stepSize: Double) {
    (self.theta, target, optimizer) = (theta, theta, Adam(stepSize: stepSize))
  }

  /// Adds parameters to both before the first update.
  mutating func add(_ others: Parameters) {
    theta = theta.merging(others)
    target = target.merging(others)
  }

  /// Takes a step of Adam down a gradient.
  ///
  /// - Parameters:
  ///   - gradient: of all parameters.
  ///   - updatesPerTarget: the number of updates from one move of the target to the next.
  ///   - targetRate: the share of the way to the parameters that it moves; 1 copies them.
  mutating func update(along gradient: Parameters, updatesPerTarget: Int, targetRate: Double) {
    optimizer.update(&theta, along: gradient)
    updatesSinceTarget += 1
    guard updatesSinceTarget >= updatesPerTarget else { return }
    target = target.moved(towards: theta, by: targetRate)
    updatesSinceTarget = 0
  }

  /// Whether they could be others after some updates.
  func hasForm(of other: FollowedParameters) -> Bool {
    theta.hasForm(of: other.theta) && target.hasForm(of: other.theta) && optimizer.canMove(theta)
      && (0..<1 << 53).contains(updatesSinceTarget)
  }
}
