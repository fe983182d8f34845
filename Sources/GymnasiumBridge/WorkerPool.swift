import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The processes of one family, kept alive from one episode to the next: starting one may take seconds.
final class WorkerPool: Sendable {
  /// A process and which of its lanes are in use.
  private struct Entry {
    var worker: WorkerProcess
    var used: Set<Int> = []
  }

  private struct State {
    var entries: [Entry] = []
    var starting = 0
    var description: FamilyDescription?
    /// An error from a place that cannot throw.
    var failure: String?
    var isClosed = false
  }

  private let state = Mutex(State())
  let name: String
  let options: WorkerOptions
  private let environment: String

  init(environment: String, _ options: WorkerOptions) {
    self.environment = environment
    name = GymnasiumFamily.prefix + environment
    self.options = options
  }

  /// The family's description, from a process that is started for it if there is none.
  ///
  /// - Throws: `WorkerError` or `BridgeError`.
  func describe() throws -> FamilyDescription {
    _ = try lease(laneCount: 0)
    guard let description = state.withLock({ $0.description }) else { throw BridgeError("\(name) was closed") }
    return description
  }

  /// Lends lanes of the process that has the fewest in use; a new one is started if all have some.
  ///
  /// - Parameters:
  ///   - laneCount: how many; none, to ask for something that has no lane.
  ///   - isFresh: whether a new process is started in any case: whatever has ended one may have ended others, and an
  ///     episode that ends its process must not be repeated together with others.
  /// - Returns: the lanes, until the last reference to them is gone.
  /// - Throws: `WorkerError` or `BridgeError`.
  func lease(laneCount: Int, isFresh: Bool = false) throws -> WorkerLease {
    let free = try state.withLock { state -> WorkerLease? in
      if state.isClosed { throw BridgeError("\(name) was closed") }
      state.entries.removeAll { $0.worker.isGone }
      let place = state.entries.indices.min { state.entries[$0].used.count < state.entries[$1].used.count }
      let mayStart = isFresh || state.entries.count + state.starting < options.mostProcesses
      if let place, !isFresh, state.entries[place].used.isEmpty || !mayStart || laneCount == 0 {
        return take(laneCount, from: &state.entries[place])
      }
      state.starting += 1
      return nil
    }
    if let free { return free }
    let started = Result { try start() }
    return try state.withLock { state in
      state.starting -= 1
      let (worker, description) = try started.get()
      if state.isClosed { throw BridgeError("\(name) was closed") }
      if let known = state.description, known != description {
        throw WorkerError.lost("\(name): the environment is not what it was when the zoo first asked")
      }
      state.description = description
      state.entries.append(Entry(worker: worker))
      return take(laneCount, from: &state.entries[state.entries.count - 1])
    }
  }

  private func take(_ count: Int, from entry: inout Entry) -> WorkerLease {
    // The lowest that are free, so that environments are used again.
    var slots: [Int] = []
    var slot = 0
    while slots.count < count {
      if entry.used.insert(slot).inserted { slots.append(slot) }
      slot += 1
    }
    return WorkerLease(pool: self, worker: entry.worker, slots: slots)
  }

  private func start() throws -> (WorkerProcess, FamilyDescription) {
    let worker = try WorkerProcess(environment: environment, options)
    let hello = Array(#"{"protocol": \#(FamilyDescription.protocolVersion)}"#.utf8)
    let reply = try worker.exchange(Frame(kind: .hello, contents: hello))
    do {
      let description = try JSONDecoder().decode(FamilyDescription.self, from: Data(reply.contents))
      if let problem = description.problem { throw BridgeError("\(name): \(problem)") }
      return (worker, description)
    } catch let error as DecodingError {
      let place = error.place.isEmpty ? "" : ": its \(error.place) cannot be read"
      throw BridgeError("\(name): its Python process does not say what the family is\(place)")
    }
  }

  fileprivate func giveBack(_ slots: [Int], of worker: WorkerProcess) {
    state.withLock { state in
      guard let place = state.entries.firstIndex(where: { $0.worker === worker }) else { return }
      state.entries[place].used.subtract(slots)
    }
  }

  /// Something that went wrong where nothing could be thrown; whatever is played next fails for it.
  var failure: String? { state.withLock { $0.failure } }

  /// Keeps what went wrong where nothing can be thrown.
  func note(failure: String) { state.withLock { $0.failure = $0.failure ?? failure } }

  /// The numbers of the processes that live.
  var processIdentifiers: [Int32] {
    state.withLock { $0.entries.map(\.worker).filter { !$0.isGone }.map(\.processIdentifier) }
  }

  /// Ends all processes; nothing can be played any more.
  func close() {
    let workers = state.withLock { state -> [WorkerProcess] in
      state.isClosed = true
      defer { state.entries = [] }
      return state.entries.map(\.worker)
    }
    for worker in workers { worker.end() }
  }
}

extension DecodingError {
  /// The keys that lead to what could not be read.
  fileprivate var place: String {
    let (path, missing): ([any CodingKey], (any CodingKey)?) =
      switch self {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
        (context.codingPath, nil)
      case .keyNotFound(let key, let context): (context.codingPath, key)
      @unknown default: ([], nil)
      }
    return (path + [missing].compactMap { $0 }).map(\.stringValue).joined(separator: ".")
  }
}

/// Lanes of a process, given back with the last reference.
final class WorkerLease: Sendable {
  let worker: WorkerProcess
  let slots: [Int]
  private let pool: WorkerPool

  fileprivate init(pool: WorkerPool, worker: WorkerProcess, slots: [Int]) {
    (self.pool, self.worker, self.slots) = (pool, worker, slots)
  }

  deinit { pool.giveBack(slots, of: worker) }
}
