import CKernels
import Foundation

/// The seconds that a piece of work took.
public func seconds(_ work: () throws -> Void) rethrows -> Double {
  let took = try ContinuousClock().measure(work)
  return Double(took.components.seconds) + Double(took.components.attoseconds) * 1e-18
}

/// The processor time that a piece of work took on this thread, in seconds: what other programs do meanwhile is not
/// in it.
public func processorSeconds(_ work: () -> Void) -> Double {
  func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
  let start = now()
  work()
  return now() - start
}

/// The most memory that this process has had, in bytes.
public func peakMemory() -> Double {
  var usage = rusage()
  #if canImport(Glibc)
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return 1024 * Double(usage.ru_maxrss)
  #else
    getrusage(RUSAGE_SELF, &usage)
    return Double(usage.ru_maxrss)
  #endif
}

/// The middle number, the upper one of two.
///
/// - Precondition: there is at least one.
public func median(_ numbers: [Double]) -> Double { numbers.sorted()[numbers.count / 2] }

/// A number with so many digits after the point.
public func text(_ number: Double, digits: Int = 1) -> String { String(format: "%.\(digits)f", number) }

/// Fused multiply-adds that do not wait for each other: the most a core can do on the current kernel path, in
/// floating-point operations a second.
public func measuredPeak() -> Double {
  var sink: Float = 0
  var operations = 0.0
  let took = processorSeconds { operations = ck_peak_f(100_000, &sink) }
  return operations / took
}

/// The same for some cores: the best of several measurements of one, as often.
public func measuredPeak(cores: Int) -> Double {
  Double(cores) * (0..<15).reduce(0) { best, _ in max(best, measuredPeak()) }
}

/// Stops a benchmark whose result is wrong: its time would mean nothing.
public func require(_ condition: Bool, _ what: @autoclosure () -> String) {
  guard !condition else { return }
  FileHandle.standardError.write(Data("wrong result: \(what())\n".utf8))
  exit(1)
}

/// Prints a row of a table: the first cell to the left, the others to the right.
public func printRow(_ cells: [String], widths: [Int]) {
  let padded = zip(cells, widths).enumerated().map { column, pair in
    let space = String(repeating: " ", count: max(0, pair.1 - pair.0.count))
    return column == 0 ? pair.0 + space : space + pair.0
  }
  print(padded.joined(separator: "  "))
}

/// Runs this program with other arguments in a separate process, whose peak of memory is its own, and reads the numbers that it
/// prints.
public func numbers(printedWith arguments: [String], count: Int) throws -> [Double] {
  let process = Process()
  process.executableURL = Bundle.main.executableURL
  process.arguments = arguments
  let output = Pipe()
  process.standardOutput = output
  try process.run()
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  let numbers = text.split(separator: " ").compactMap { Double($0) }
  require(
    process.terminationStatus == 0 && numbers.count == count, "a process with \(arguments.joined(separator: " "))")
  return numbers
}
