import Synchronization

/// One episode in some lanes of a process.
///
/// All that was asked for is kept: if the process is lost, the episode is repeated in another one, and
/// has to go as it went.
final class PlayedEpisode: Sendable {
  private struct State {
    var lease: WorkerLease
    /// The reset and the steps so far.
    var requests: [Request] = []
    var answers: [Int] = []
    var restartsLeft: Int
  }

  /// A request, for whichever lanes a process lends.
  struct Request {
    var kind: Frame.Kind
    /// The contents of the frame for these lanes of a process.
    var contents: @Sendable (_ slots: [Int]) throws -> [UInt8]
  }

  private let state: Mutex<State>
  private let pool: WorkerPool
  private let laneCount: Int

  /// Takes lanes for an episode.
  ///
  /// - Throws: `WorkerError` or `BridgeError`.
  init(laneCount: Int, in pool: WorkerPool) throws {
    self.pool = pool
    self.laneCount = laneCount
    state = Mutex(State(lease: try pool.lease(laneCount: laneCount), restartsLeft: pool.options.restartsPerEpisode))
  }

  /// Asks for the next thing.
  ///
  /// - Parameters:
  ///   - request: what.
  ///   - count: the requests that whoever asks has made before: a copy of an environment does not know of those that were
  ///     made since.
  /// - Returns: the contents of the answer.
  /// - Throws: `WorkerError` or `BridgeError`.
  func ask(_ request: Request, after count: Int) throws -> [UInt8] {
    try state.withLock { state in
      guard state.requests.count == count else {
        throw BridgeError(
          "\(pool.name): an environment in Python was copied in the middle of an episode, and both copies were stepped"
        )
      }
      state.requests.append(request)
      while true {
        do {
          return try goOn(&state)
        } catch WorkerError.lost(let text) {
          guard state.restartsLeft > 0 else {
            let times = pool.options.restartsPerEpisode
            throw WorkerError.lost(times > 0 ? "\(text); the episode was repeated and this happened again" : text)
          }
          state.restartsLeft -= 1
          pool.options.note("\(text); the episode is repeated in another process")
          state.lease = try pool.lease(laneCount: laneCount, isFresh: true)
          try repeatEpisode(&state)
        }
      }
    }
  }

  private func goOn(_ state: inout State) throws -> [UInt8] {
    let answer = try answer(to: state.requests[state.requests.count - 1], state.lease)
    state.answers.append(Self.hash(answer))
    return answer
  }

  /// Makes all requests but the last again.
  private func repeatEpisode(_ state: inout State) throws {
    for (request, hash) in zip(state.requests, state.answers) {
      guard try Self.hash(answer(to: request, state.lease)) == hash else {
        throw BridgeError(
          "\(pool.name): its process was lost, and in another one the same episode goes differently: the environment does "
            + "not do the same for the same seeds and actions")
      }
    }
  }

  private func answer(to request: Request, _ lease: WorkerLease) throws -> [UInt8] {
    try lease.worker.exchange(Frame(kind: request.kind, contents: request.contents(lease.slots))).contents
  }

  private static func hash(_ bytes: [UInt8]) -> Int {
    var hasher = Hasher()
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    return hasher.finalize()
  }
}
