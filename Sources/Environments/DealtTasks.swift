import MetaRL
import Tensors

/// The numbers of finitely many tasks, dealt out to the splits in an order drawn once.
///
/// What is not for training is halved between validation and test.
struct DealtTasks: Sendable {
  /// The numbers of the tasks: of training, then of validation, then of test.
  private let order: [Int]
  private let trainingCount: Int

  /// Deals out the numbers below `count`.
  ///
  /// - Precondition: an even number of tasks, at least two, are not for training.
  init(_ count: Int, training: Int, family: String) {
    precondition(count > training && (count - training).isMultiple(of: 2), "validation and test share equally")
    var random = RandomStream(seed: 0).split("tasks").split(family)
    order = random.permutation(of: count)
    trainingCount = training
  }

  func count(in split: TaskID.Split) -> Int {
    split == .train ? trainingCount : (order.count - trainingCount) / 2
  }

  /// The number of a name, whose index is taken modulo the tasks of its split.
  func number(of id: TaskID) -> Int {
    let first =
      switch id.split {
      case .train: 0
      case .validation: trainingCount
      case .test: trainingCount + count(in: .validation)
      }
    return order[first + id.index % count(in: id.split)]
  }
}

extension [Int] {
  /// One of all permutations of the numbers below `count`: the number's digits, in the factorial number system, choose among
  /// those left.
  init(permutation number: Int, of count: Int) {
    var (number, left) = (number, [Int](0..<count))
    self.init()
    while !left.isEmpty {
      let (rest, digit) = number.quotientAndRemainder(dividingBy: left.count)
      append(left.remove(at: digit))
      number = rest
    }
  }
}
