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

/// The start and the time limits of Python processes; results do not depend on them.
public struct WorkerOptions: Sendable {
  /// The interpreter: a path, or a name that is looked for where a shell would.
  public var python = "python3"
  /// Seconds without a sign of life after which a process counts as hanging.
  public var secondsOfSilence = 60.0
  /// The most processes for one family; more than one are started if episodes are played side by side.
  public var mostProcesses: Int
  /// The number of times that an episode is repeated after its process was lost.
  public var restartsPerEpisode = 1
  /// The environment variables of the processes.
  public var environment: [String: String]
  package var script = String(decoding: PackageResources.worker_py, as: UTF8.self)
  /// Told of what the user should know though nothing has failed.
  public var note: @Sendable (String) -> Void = { _ in }

  /// The variables that change options, each with what it stands for.
  public static let variables = [
    ("METARLZOO_PYTHON", "the interpreter, by default the python3 that is found"),
    ("METARLZOO_PYTHON_TIMEOUT", "seconds without a sign of life after which it counts as hanging, by default 60"),
    ("METARLZOO_PYTHON_PROCESSES", "the most processes for one family, by default one per processor"),
    ("METARLZOO_PYTHON_RESTARTS", "how often an episode is repeated when its process is lost, by default 1"),
  ]

  /// The defaults, changed as the variables of this process say.
  ///
  /// - Throws: `BridgeError` for a variable that is not a number.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    self.environment = environment
    mostProcesses = max(1, ProcessInfo.processInfo.activeProcessorCount)
    func value<Value: LosslessStringConvertible & Comparable>(
      _ name: String, in range: ClosedRange<Value>, _ what: String
    ) throws -> Value? {
      guard let text = environment[name], !text.isEmpty else { return nil }
      guard let value = Value(text), range.contains(value) else {
        throw BridgeError("\(name) is \(what) from \(range.lowerBound) to \(range.upperBound), not \"\(text)\"")
      }
      return value
    }
    if let name = environment["METARLZOO_PYTHON"], !name.isEmpty { python = name }
    secondsOfSilence =
      try value("METARLZOO_PYTHON_TIMEOUT", in: 0.1...86_400, "a number of seconds") ?? secondsOfSilence
    mostProcesses = try value("METARLZOO_PYTHON_PROCESSES", in: 1...1024, "a whole number") ?? mostProcesses
    restartsPerEpisode =
      try value("METARLZOO_PYTHON_RESTARTS", in: 0...1000, "a whole number") ?? restartsPerEpisode
  }

  /// The variables that a process gets: unless the user says otherwise, it works on one thread,
  /// and does the same every time.
  var variables: [String: String] {
    var variables = environment
    for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] where variables[name] == nil {
      variables[name] = "1"
    }
    if variables["PYTHONHASHSEED"] == nil { variables["PYTHONHASHSEED"] = "0" }
    return variables
  }

  /// The path of the interpreter.
  ///
  /// - Throws: `BridgeError` that says how it is installed or named.
  func pythonPath() throws -> String {
    let isPath = python.contains("/")
    let places = isPath ? [python] : (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(python)" }
    if let found = places.first(where: { access($0, X_OK) == 0 && access($0 + "/.", F_OK) != 0 }) { return found }
    let install = "Install it (apt-get install python3 python3-venv, or brew install python), or say where it is"
    throw BridgeError(
      isPath
        ? "METARLZOO_PYTHON: there is no program \"\(python)\""
        : "gym: families need Python, and there is no \(python) on PATH. \(install): METARLZOO_PYTHON=/path/to/python"
    )
  }
}
