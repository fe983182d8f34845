import Dispatch
import Synchronization

/// The threads that a piece of work may use.
///
/// Work is handed out coarsely, a task or a run at a time, and results come back in the order of the work, so that
/// nothing depends on which thread did what.
public struct Workers: Sendable {
  /// The number of threads.
  public let count: Int

  /// - Precondition: `count` is positive.
  public init(_ count: Int) {
    precondition(count > 0, "there must be at least one worker")
    self.count = count
  }

  /// The results of `body` for 0..<n, in order.
  ///
  /// - Throws: the error of the lowest index that threw one.
  public func map<Result: Sendable>(
    _ n: Int, _ body: @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    guard count > 1, n > 1 else { return try (0..<n).map(body) }
    let next = Atomic(0)
    let results = Mutex([Swift.Result<Result, any Error>?](repeating: nil, count: n))
    DispatchQueue.concurrentPerform(iterations: min(count, n)) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < n else { return }
        let result = Swift.Result { try body(index) }
        results.withLock { $0[index] = result }
      }
    }
    return try results.withLock { try $0.compactMap { try $0?.get() } }
  }
}
