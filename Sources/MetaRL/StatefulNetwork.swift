import Tensors

/// An agent that acts by a network with a state and adapts by that state alone, which can be carried to other programs.
public protocol StatefulAgent: Agent {
  /// The network that it acts by.
  var network: StatefulNetwork { get }
  /// What the network is given at observations `[lane, observation]`, after the steps so far, and what it gives.
  func networkStep(on observations: Tensor) -> (inputs: [Tensor], output: Tensor)
}

/// One step of a network with a state, from inputs and state to the parameters of an action and what the state becomes.
public struct StatefulNetwork: Sendable {
  /// An input, `[lane, width]`.
  public struct Input: Sendable {
    /// The name that files carry.
    public var name: String
    /// The count of its numbers.
    public var width: Int
    /// What the numbers are.
    public var meaning: String

    /// Describes an input.
    public init(name: String, width: Int, meaning: String) {
      self.name = name
      self.width = width
      self.meaning = meaning
    }
  }

  /// A part of the state: the rows of the latest steps, `[lane, step, width]`, the latest last.
  public struct Part: Sendable {
    /// The numbers in a row.
    public var width: Int
    /// The number of latest rows that are kept; `Int.max`: all.
    public var steps: Int
    /// Whether a newborn has no rows; otherwise it has all that are kept, and they are zeros.
    public var startsEmpty: Bool

    /// Describes a part.
    public init(width: Int, steps: Int, startsEmpty: Bool) {
      self.width = width
      self.steps = steps
      self.startsEmpty = startsEmpty
    }
  }

  /// The inputs, in order.
  public var inputs: [Input]
  /// The parts of the state, in order.
  public var state: [Part]
  /// What the state lasts for, as in "a lifetime".
  public var span: String
  /// What the output is.
  public var head: PolicyNetwork.Head
  /// The numbers that the step computes with, by the names that files carry.
  public var parameters: Parameters
  /// The step: the output, `[lane, size]`, and the new row of each part of the state, `[lane, width]`.
  ///
  /// It is recorded once, with tensors that have no numbers, so it reads none of them, and its operations are the same for
  /// any number of lanes and of earlier steps.
  public var step: @Sendable (_ inputs: [Tensor], _ state: [Tensor]) -> (output: Tensor, rows: [Tensor])

  /// Describes a network.
  public init(
    inputs: [Input], state: [Part], span: String, head: PolicyNetwork.Head, parameters: Parameters,
    step: @escaping @Sendable (_ inputs: [Tensor], _ state: [Tensor]) -> (output: Tensor, rows: [Tensor])
  ) {
    self.inputs = inputs
    self.state = state
    self.span = span
    self.head = head
    self.parameters = parameters
    self.step = step
  }
}
