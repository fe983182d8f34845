import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A Python process that steps environments.
///
/// It is asked one thing at a time, by whichever thread comes. It ends with the last reference to it, and by itself when
/// this process ends, however that happens.
final class WorkerProcess: Sendable {
  private struct Connection {
    var process: pid_t
    /// A connection for frames in both directions.
    ///
    /// A socket and not two pipes: a write to one that is closed can fail without a signal.
    var socket: Int32
    /// The output of the process, for messages about its failure.
    var messages: Int32
    var lastMessages: [UInt8] = []
    var ending: String?
  }

  private let connection: Mutex<Connection>
  /// The process's number; it is another's once this one is gone.
  let processIdentifier: pid_t
  private let hasEnded = Atomic(false)
  private let secondsOfSilence: Double
  private let name: String

  /// Starts Python.
  ///
  /// - Throws: `BridgeError` if that cannot be done.
  init(environment: String, _ options: WorkerOptions) throws {
    let path = try options.pythonPath()
    name = GymnasiumFamily.prefix + environment
    secondsOfSilence = options.secondsOfSilence
    let (mine, its) = try Self.socketPair()
    var pipe: [Int32] = [-1, -1]
    guard Self.makePipe(&pipe) == 0 else { throw Self.problem("cannot make a pipe") }
    defer {
      close(its)
      close(pipe[1])
    }
    do {
      let process = try Self.spawn(
        path, ["-c", Self.start, environment, options.script], options.variables, input: its, output: pipe[1])
      connection = Mutex(Connection(process: process, socket: mine, messages: pipe[0]))
      processIdentifier = process
    } catch {
      close(mine)
      close(pipe[0])
      throw error
    }
  }

  deinit { end() }

  /// Whether it is gone, as far as was noticed; that does not wait for what it works at.
  var isGone: Bool { hasEnded.load(ordering: .relaxed) }

  /// Asks for something and waits for the answer.
  ///
  /// - Throws: `WorkerError`.
  func exchange(_ request: Frame) throws -> Frame {
    try connection.withLock { connection in
      if let ending = connection.ending { throw WorkerError.lost(ending) }
      do {
        try send(request.bytes, through: &connection)
        while true {
          let header = try receive(Frame.headerSize, from: &connection)
          guard let (kind, length) = Frame.header(header[...]), kind == request.kind || !kind.isAnswer else {
            throw WorkerError.lost("\(name): its Python process sent something that is not an answer")
          }
          let contents = try receive(length, from: &connection)
          switch kind {
          case .working: continue
          case .problem: throw WorkerError.said("\(name): " + String(decoding: contents, as: UTF8.self))
          default: return Frame(kind: kind, contents: contents)
          }
        }
      } catch let failure as WorkerError {
        if case .lost(let text) = failure { end(&connection, because: text) }
        throw failure
      }
    }
  }

  /// Ends the process and waits for its end; asking it anything fails from now on.
  func end() {
    connection.withLock { end(&$0, because: "\(name): its Python process was ended") }
  }
}

extension Frame.Kind {
  /// Whether a frame of this kind answers a request of the same kind.
  fileprivate var isAnswer: Bool { self != .problem && self != .working }
}

// Talking.
extension WorkerProcess {
  private func send(_ bytes: [UInt8], through connection: inout Connection) throws {
    var rest = bytes[...]
    var deadline = Deadline(seconds: secondsOfSilence)
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { systemSend(connection.socket, $0) }
      if count > 0 {
        rest = rest.dropFirst(count)
        deadline = Deadline(seconds: secondsOfSilence)
      } else if errno == EAGAIN || errno == EWOULDBLOCK {
        try wait(for: Int16(POLLOUT), until: deadline, &connection)
      } else if errno != EINTR {
        throw gone(&connection)
      }
    }
  }

  private func receive(_ count: Int, from connection: inout Connection) throws -> [UInt8] {
    var received = 0
    var deadline = Deadline(seconds: secondsOfSilence)
    var bytes = [UInt8](repeating: 0, count: count)
    while received < count {
      let result = bytes.withUnsafeMutableBytes {
        recv(
          connection.socket, UnsafeMutableRawBufferPointer(rebasing: $0[received...]).baseAddress, count - received,
          0)
      }
      if result > 0 {
        received += result
        deadline = Deadline(seconds: secondsOfSilence)
      } else if result < 0, errno == EAGAIN || errno == EWOULDBLOCK {
        try wait(for: Int16(POLLIN), until: deadline, &connection)
      } else if result == 0 || errno != EINTR {
        throw gone(&connection)
      }
    }
    return bytes
  }

  /// Waits until the socket is ready, and keeps what is printed in the meantime: a full pipe would stop the process.
  private func wait(for events: Int16, until deadline: Deadline, _ connection: inout Connection) throws {
    while true {
      let left = deadline.secondsLeft
      guard left > 0 else {
        let seconds =
          secondsOfSilence == secondsOfSilence.rounded() ? "\(Int(secondsOfSilence))" : "\(secondsOfSilence)"
        throw WorkerError.lost(
          "\(name): its Python process gave no sign of life for \(seconds) s and was ended"
            + " (METARLZOO_PYTHON_TIMEOUT sets the time)")
      }
      var descriptors = [
        pollfd(fd: connection.socket, events: events, revents: 0),
        // One that is negative is not asked for.
        pollfd(fd: connection.messages, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&descriptors, 2, Int32(min(left * 1000 + 1, 86_400_000))) >= 0 || errno == EINTR else {
        throw gone(&connection)
      }
      if descriptors[1].revents != 0 { Self.keepMessages(of: &connection) }
      if descriptors[0].revents != 0 { return }
    }
  }

  /// The error for a process that has closed its connection.
  private func gone(_ connection: inout Connection) -> WorkerError {
    let status = Self.reap(connection.process, patience: 2)
    if status != nil { connection.process = 0 }
    Self.keepMessages(of: &connection)
    let lines = String(decoding: connection.lastMessages, as: UTF8.self).split(whereSeparator: \.isNewline)
    let last = lines.last { !$0.allSatisfy(\.isWhitespace) }.map { "; the last that it printed: \($0)" } ?? ""
    return .lost("\(name): its Python process \(status.map(Self.inWords) ?? "does not answer any more")\(last)")
  }

  /// The ending of a process in words, from its system status.
  private static func inWords(_ status: Int32) -> String {
    // The low seven bits are the signal that killed it, the next eight its exit code.
    let signal = status & 0x7F
    guard signal != 0 else { return "ended with exit code \(status >> 8 & 0xFF)" }
    return "was killed by signal \(signal)" + (signal == SIGKILL ? ", as happens where memory runs out" : "")
  }

  /// Reads what was printed, without waiting, and keeps the last of it.
  private static func keepMessages(of connection: inout Connection) {
    let most = 4096
    var buffer = [UInt8](repeating: 0, count: most)
    while connection.messages >= 0 {
      let count = read(connection.messages, &buffer, most)
      if count > 0 {
        connection.lastMessages = (connection.lastMessages + buffer[..<count]).suffix(most)
      } else if count == 0 {
        close(connection.messages)
        connection.messages = -1
      } else if errno != EINTR {
        return
      }
    }
  }
}

// Beginning and ending.
extension WorkerProcess {
  /// Runs the script, its last argument, if this Python can read it; every Python since 2.6 can read this.
  private static let start = """
    import sys
    if sys.version_info < (3, 8):
        import os, struct
        # The zoo waits until all that it has sent is read.
        os.read(0, 65536)
        text = "the zoo needs Python 3.8 or later (Gymnasium 1.x needs 3.10), and %s is Python %d.%d.%d" % (
            (sys.executable,) + tuple(sys.version_info[:3]))
        text = (text + ". Say where another one is: METARLZOO_PYTHON=/path/to/python").encode()
        os.write(0, struct.pack("<cI", b"e", len(text)) + text)
    else:
        exec(compile(sys.argv.pop(), "<string>", "exec"))
    """

  private static func problem(_ what: String) -> BridgeError {
    BridgeError("\(what): \(String(cString: strerror(errno)))")
  }

  /// Two ends of a socket; that of this process does not wait, and other processes do not inherit it.
  private static func socketPair() throws -> (mine: Int32, its: Int32) {
    var ends: [Int32] = [-1, -1]
    #if canImport(Glibc)
      let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    #elseif canImport(Musl)
      let kind = SOCK_STREAM | SOCK_CLOEXEC
    #else
      let kind = SOCK_STREAM
    #endif
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw problem("cannot make a socket") }
    #if canImport(Darwin)
      var yes: Int32 = 1
      setsockopt(ends[0], SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    #endif
    _ = fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK)
    return (ends[0], ends[1])
  }

  private static func makePipe(_ ends: inout [Int32]) -> Int32 {
    let result = pipe(&ends)
    // Another process that is started just now may inherit it; nothing waits for its end.
    for end in ends where result == 0 { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    if result == 0 { _ = fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK) }
    return result
  }

  /// Starts a program in its own process group, so that Ctrl-C does not reach it: the zoo ends it.
  private static func spawn(
    _ path: String, _ arguments: [String], _ variables: [String: String], input: Int32, output: Int32
  ) throws -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
      let flags =
        POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_CLOEXEC_DEFAULT
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
      let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, output, 2)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    posix_spawnattr_setpgroup(&attributes, 0)
    // A thread of a pool may have signals blocked, and this process may ignore some: a program is to start afresh.
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var process = pid_t()
    let code = posix_spawn(&process, path, &actions, &attributes, &words, &settings)
    guard code == 0 else { throw BridgeError("cannot start \(path): \(String(cString: strerror(code)))") }
    return process
  }

  private func end(_ connection: inout Connection, because text: String) {
    guard connection.ending == nil else { return }
    connection.ending = text
    hasEnded.store(true, ordering: .relaxed)
    // Without its socket it ends by itself, unless it hangs.
    close(connection.socket)
    if connection.process > 0, Self.reap(connection.process, patience: 0.5) == nil {
      kill(-connection.process, SIGKILL)
      _ = Self.reap(connection.process, patience: 10)
    }
    if connection.messages >= 0 { close(connection.messages) }
    (connection.process, connection.messages) = (0, -1)
  }

  /// Waits for the end of a process, so that it does not become a zombie, and ends what it has started.
  ///
  /// - Returns: how it ended; nil if it has not ended after the given number of seconds.
  private static func reap(_ process: pid_t, patience: Double) -> Int32? {
    let deadline = Deadline(seconds: patience)
    while true {
      var information = siginfo_t()
      let result = waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
      if result == 0, information.si_signo != 0 {
        // Its number is its own, and its group's, until it is waited for.
        kill(-process, SIGKILL)
        var status: Int32 = 0
        return waitpid(process, &status, 0) == process ? status : nil
      }
      guard result == 0 || errno == EINTR, deadline.secondsLeft > 0 else { return nil }
      usleep(1000)
    }
  }
}

/// A moment that is not to be passed.
private struct Deadline {
  private let moment: ContinuousClock.Instant

  init(seconds: Double) { moment = .now + .seconds(seconds) }

  var secondsLeft: Double { (moment - .now) / .seconds(1) }
}

private func systemSend(_ socket: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  #if canImport(Darwin)
    send(socket, bytes.baseAddress, bytes.count, 0)
  #else
    send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
  #endif
}
