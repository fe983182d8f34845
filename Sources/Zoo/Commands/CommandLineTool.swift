import MetaRL
import Tensors

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

extension Catalog {
  /// Runs the command line of the process, and ends the process with its exit code.
  public func main() -> Never {
    StandardStream.prepare()
    exitAtEndOfMemory(code: ExitCode.outOfMemory)
    let words = Array(CommandLine.arguments.dropFirst())
    if !Command.all.contains(where: { $0.isReadOnly && $0.name == words.first }) { Interruption.listen() }
    exit(run(words, isInterrupted: { Interruption.hasCome }))
  }

  /// Runs a command line.
  ///
  /// - Parameters:
  ///   - arguments: the words after the program's name.
  ///   - output: where results go.
  ///   - errors: where progress and messages go.
  ///   - patience: seconds that an iteration of training may continue after an interruption, before it is abandoned.
  ///   - isInterrupted: whether to stop; asked between iterations, and whenever work is handed to threads.
  /// - Returns: the exit code, one of `ExitCode`.
  public func run(
    _ arguments: [String], output: any TextOutput = StandardStream.output,
    errors: any TextOutput = StandardStream.errors, patience: Double = 2,
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) -> Int32 {
    let console = Console(output: output, errors: errors, patience: patience, isInterrupted: isInterrupted)
    let code = perform(arguments, console)
    for source in familySources { source.close() }
    guard let failure = output.failure else { return code }
    errors.line("error: cannot write to standard output: \(failure)")
    return code == ExitCode.done ? ExitCode.unheard : code
  }

  private func perform(_ arguments: [String], _ console: Console) -> Int32 {
    let (output, errors) = (console.output, console.errors)
    do {
      try checkKernelPath(ProcessInfo.processInfo.environment[KernelPath.environmentVariable])
      guard let name = arguments.first, name != "--help", name != "-h" else {
        output.write(Command.overview)
        return ExitCode.done
      }
      if name == "--version" {
        output.line("zoo \(zooVersion) (\(KernelPath.current.rawValue) kernels)")
        return ExitCode.done
      }
      let command = try Command.named(name)
      let words = Array(arguments.dropFirst())
      if words.contains("--help") || words.contains("-h") {
        output.write(command.help(in: self))
        return ExitCode.done
      }
      return try command.perform(self, Arguments(words, for: command), console)
    } catch is InterruptedError {
      errors.line("interrupted")
      return ExitCode.interrupted
    } catch {
      errors.line("error: " + "\(error)".inOneLine)
      return error.isOfUsage ? ExitCode.usage : ExitCode.failedRuns
    }
  }
}

/// Refuses a path for the kernels that there is not, or not here.
package func checkKernelPath(_ name: String?) throws {
  guard let name, !name.isEmpty else { return }
  let available = KernelPath.allCases.filter(\.isAvailable).map(\.rawValue)
  guard !available.contains(name) else { return }
  let variable = KernelPath.environmentVariable
  guard KernelPath(rawValue: name) == nil else {
    throw UsageError(
      "\(variable)=\(name): this processor cannot run \(name). It can run: \(available.joined(separator: ", ")).")
  }
  throw UsageError("\(variable): " + unknownName("path", name, among: available))
}

extension Error {
  /// Whether the request was wrong, rather than the run.
  fileprivate var isOfUsage: Bool {
    self is UsageError || self is SettingError || self is SettingsError || self is UnsupportedFamilyError
  }
}
