import MetaRL
import Networks
import Tensors

/// The number of the greatest value, the first where there are several.
func greatest(_ values: [Float]) -> Int {
  values.indices.dropFirst().reduce(0) { values[$1] > values[$0] ? $1 : $0 }
}

extension Tensor {
  /// The values `[row, choice]` from outputs of a dueling network: what each choice adds, and the value of the state.
  ///
  /// What choices add is counted from their mean in each row.
  var dueling: Tensor {
    let (rows, choices) = (shape[0], shape[1] - 1)
    let added = slice(0..<choices, axis: 1)
    let mean = (1 / Double(choices)) * added.summed(to: [rows, 1])
    return slice(choices..<choices + 1, axis: 1) + added - mean
  }

  /// The value of one choice in each row, `[row]`, of values `[row, choice]`.
  func values(of choices: [Int]) -> Tensor {
    let count = shape[1]
    var mask = [Float](repeating: 0, count: choices.count * count)
    for (row, choice) in choices.enumerated() { mask[row * count + choice] = 1 }
    return (self * Tensor(mask, shape: [choices.count, count])).sum(axis: 1)
  }

  /// The choice of the greatest value in each lane, of values `[lane, choice]`, or any with the given probability.
  func greedyActions(exploration: Double, using random: inout LaneRandom) -> Actions {
    let values = floatRows
    return .discrete(
      values.indices.map { lane in
        var stream = random[lane]
        defer { random[lane] = stream }
        let explores = stream.uniform() < exploration
        let any = stream.integer(below: values[lane].count)
        return explores ? any : greatest(values[lane])
      })
  }
}

/// The value of each choice at an observation.
package struct QNetwork: Sendable, Hashable {
  package let choices: Int
  let isDueling: Bool
  let network: MLP

  init(observationSize: Int, choices: Int, hiddenSizes: [Int], isDueling: Bool) {
    self.choices = choices
    self.isDueling = isDueling
    network = MLP(sizes: [observationSize] + hiddenSizes + [choices + (isDueling ? 1 : 0)], activation: .relu)
  }

  func makeParameters(using random: RandomStream) -> Parameters { network.makeParameters(using: random) }

  /// The values `[row, choice]` at observations `[row, observation]`.
  package func callAsFunction(_ observations: Tensor, _ theta: Parameters) -> Tensor {
    let outputs = network(observations, theta)
    return isDueling ? outputs.dueling : outputs
  }
}
