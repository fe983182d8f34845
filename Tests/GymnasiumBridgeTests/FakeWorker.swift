import Foundation
import GymnasiumBridge
import MetaRL
import Synchronization
import Tensors
import Testing

/// Whether tests that need Python can run, and why not.
enum Python {
  static let isThere: Bool = {
    var options = try? WorkerOptions()
    options?.script = fakeScript
    return options.map { (try? GymnasiumFamily("walk", $0)) != nil } ?? false
  }()

  static let isMissing = "no python3 on PATH: apt-get install python3"
}

/// The file of a name beside this one.
func fileBeside(_ name: String) -> URL {
  URL(filePath: #filePath).deletingLastPathComponent().appending(path: name)
}

let fakeScript = (try? String(contentsOf: fileBeside("fake_worker.py"), encoding: .utf8)) ?? ""

/// Options that start the fake worker.
func fakeOptions(once: String? = nil, change: (inout WorkerOptions) -> Void = { _ in }) throws -> WorkerOptions {
  let names = ["PATH", "METARLZOO_PYTHON"]
  var options = try WorkerOptions(
    environment: ProcessInfo.processInfo.environment.filter { names.contains($0.key) })
  options.script = fakeScript
  options.environment["FAKE_FAULT_ONCE"] = once
  change(&options)
  return options
}

/// The fake worker's family with some faults, as in `walk.hang-30`.
func fake(
  _ name: String = "walk", once: String? = nil, change: (inout WorkerOptions) -> Void = { _ in }
) throws -> GymnasiumFamily {
  try GymnasiumFamily(name, fakeOptions(once: once, change: change))
}

struct Wanderer: Agent {
  let space: ActionSpace

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    switch space {
    case .continuous(let size): .continuous(Tensor(random.normals(perLane: size), shape: [random.count, size]))
    case .discrete(let count): .discrete((0..<random.count).map { random[$0].integer(below: count) })
    }
  }
}

/// Some episodes of the first test tasks: `[lane][episode]`.
func play(
  _ family: some TaskFamily, lanes: Int = 3, episodes: Range<Int> = 0..<3, seed: UInt64 = 0
) throws -> [[Episode]] {
  var environment = family.makeEnvironment(for: (0..<lanes).map { TaskID(.test, $0) })
  var agent = Wanderer(space: family.spec.actionSpace)
  let streams = LaneRandom((0..<lanes).map { RandomStream(seed: seed).split("lane", $0) })
  return try rollout(&agent, in: &environment, episodes: episodes, spec: family.spec, lifetime: streams)
}

final class Notes: Sendable {
  private let kept = Mutex([String]())
  var all: [String] { kept.withLock { $0 } }
  func add(_ note: String) { kept.withLock { $0.append(note) } }
}

/// Lends a new directory, which is removed afterwards.
func withDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  let directory = FileManager.default.temporaryDirectory.appending(path: "bridge-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: directory) }
  return try body(directory)
}

func arm(_ path: String) throws { try Data().write(to: URL(filePath: path)) }

/// Lends the path of such a file.
func withGuard(_ body: (String) throws -> Void) throws { try withDirectory { try body($0 + "/once") } }

/// Expects an error whose text contains a message.
func expectFailure<Value>(
  _ message: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Value
) {
  #expect(sourceLocation: sourceLocation) { _ = try body() } throws: { "\($0)".contains(message) }
}
