import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The threads that a piece of work may use.
///
/// Work is handed out coarsely, a task or a run at a time, and results come back in the order of the work, so that
/// nothing depends on which thread did what.
public struct Workers: Sendable {
  /// The number of threads, the caller's among them.
  public let count: Int
  private let meter: ProcessorMeter?
  private let isCancelled: @Sendable () -> Bool

  /// Names a number of threads.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - meter: told of the processor time of threads other than the one that asks for work to be done.
  ///   - isCancelled: whether nobody wants the results any more; asked before work is handed out.
  /// - Precondition: `count` is positive.
  public init(
    _ count: Int, meter: ProcessorMeter? = nil, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    precondition(count > 0, "there must be at least one worker")
    self.count = count
    self.meter = meter
    self.isCancelled = isCancelled
  }

  /// Gives up work that nobody wants any more; for long loops that hand nothing out.
  ///
  /// - Throws: `CancellationError`.
  public func checkCancellation() throws {
    guard !isCancelled() else { throw CancellationError() }
  }

  /// The results of `body` for some elements, in their order.
  ///
  /// - Throws: the error of the first element that threw one, or `CancellationError` if nobody wants the results.
  public func map<Elements: RandomAccessCollection & Sendable, Value: Sendable>(
    _ elements: Elements, _ body: @Sendable (Elements.Element) throws -> Value
  ) throws -> [Value] {
    try checkCancellation()
    let n = elements.count
    guard count > 1, n > 1 else { return try elements.map(body) }
    let next = Atomic(0)
    let results = Mutex([Result<Value, any Error>?](repeating: nil, count: n))
    let asking = pthread_self()
    DispatchQueue.concurrentPerform(iterations: min(count, n)) { _ in
      let start = ProcessorMeter.threadNanoseconds
      defer {
        if pthread_equal(asking, pthread_self()) == 0 { meter?.add(ProcessorMeter.threadNanoseconds - start) }
      }
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < n else { return }
        let result = Result { try body(elements[elements.index(elements.startIndex, offsetBy: index)]) }
        results.withLock { $0[index] = result }
      }
    }
    return try results.withLock { try $0.compactMap { try $0?.get() } }
  }
}

/// Counts processor time, over all threads that work for one purpose.
public final class ProcessorMeter: Sendable {
  private let nanoseconds = Atomic(0)

  public init() {}

  /// What does `body`, and what it asks workers that have this meter to do, is counted.
  public func counting<Result>(_ body: () throws -> Result) rethrows -> Result {
    let start = Self.threadNanoseconds
    defer { add(Self.threadNanoseconds - start) }
    return try body()
  }

  /// The seconds counted so far, the present `counting` not among them.
  public var seconds: Double { Double(nanoseconds.load(ordering: .relaxed)) * 1e-9 }

  func add(_ count: Int) { nanoseconds.wrappingAdd(count, ordering: .relaxed) }

  /// The processor time of the thread this is asked on.
  static var threadNanoseconds: Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
  }
}
