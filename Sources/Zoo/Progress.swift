import Synchronization

/// Tells a person how far a comparison is: a bar that is redrawn, or now and then a line where nobody watches.
final class Progress: Sendable {
  private struct State {
    /// The steps that each run will have taken in the end, as far as is known.
    var planned: [Int]
    var taken: [Int]
    /// The steps that other processes had taken before.
    var takenBefore = 0
    var done = 0
    var running = 0
    var failed = 0
    /// The subject and the start of a note: other seeds would repeat it.
    var told: Set<String> = []
    /// Whether nothing more will happen.
    var isOver = false
    var lastShown: ContinuousClock.Instant?
    var lastLine = ""
    /// The columns that the line on the terminal takes.
    var shownColumns = 0
  }

  private let titles: [String]
  private let output: (any TextOutput)?
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  /// Starts the clock.
  ///
  /// - Parameters:
  ///   - plans: the runs.
  ///   - output: where to; nil to keep quiet.
  convenience init(of plans: [RunPlan], on output: (any TextOutput)?) {
    self.init(of: plans.map { ($0.title, $0.steps + $0.evaluationSteps) }, on: output)
  }

  /// Starts the clock.
  ///
  /// - Parameters:
  ///   - runs: the runs, each with the environment steps that it will take.
  ///   - output: where to; nil to keep quiet.
  init(of runs: [(title: String, steps: Int)], on output: (any TextOutput)?) {
    titles = runs.map(\.title)
    self.output = output
    state = Mutex(
      State(planned: runs.map { max(1, $0.steps) }, taken: [Int](repeating: 0, count: runs.count)))
  }

  /// A run has begun.
  func began(_ run: Int) { change { $0.running += 1 } }

  /// Runs were done before.
  func skipped(_ runs: [Int]) {
    guard !runs.isEmpty else { return }
    change {
      for run in runs {
        $0.done += 1
        $0.taken[run] = $0.planned[run]
        $0.takenBefore += $0.planned[run]
      }
    }
  }

  /// A run continues from a checkpoint at the given step.
  func resumed(_ run: Int, at steps: Int) {
    change {
      $0.taken[run] = min(steps, $0.planned[run])
      $0.takenBefore += $0.taken[run]
    }
  }

  /// A run has taken the given number of steps in total.
  func advanced(_ run: Int, to steps: Int) {
    change { $0.taken[run] = min(steps, $0.planned[run]) }
  }

  /// A note on runs of a learner on a family, shown once for all seeds.
  func noted(_ name: String, _ text: String) {
    state.withLock { state in
      guard state.told.insert("\(name): \(text.prefix(25))").inserted else { return }
      show("note: \(name): \(text)", above: &state)
      draw(&state, force: output?.isTerminal == true)
    }
  }

  /// A run has ended.
  func ended(_ run: Int, _ outcome: RunOutcome) {
    change {
      $0.running -= 1
      switch outcome.status {
      case .done: $0.done += 1
      case .failed(let cause):
        $0.failed += 1
        show("failed: \(titles[run]): \(cause)", above: &$0)
      case .interrupted: return
      }
      // What turned out to be less work than planned no longer counts as work to come.
      let cost = outcome.cost
      let steps = cost.environmentSteps + cost.evaluationSteps + cost.untrainedSteps
      $0.planned[run] = max(1, steps)
      $0.taken[run] = $0.planned[run]
    }
  }

  /// Ends the bar's line.
  func finish() {
    state.withLock { state in
      guard let output else { return }
      state.isOver = true
      draw(&state, force: true)
      if output.isTerminal { output.write("\n") }
    }
  }

  private func change(_ body: (inout State) -> Void) {
    state.withLock { state in
      body(&state)
      draw(&state, force: false)
    }
  }

  private func show(_ message: String, above state: inout State) {
    guard let output else { return }
    output.write((output.isTerminal ? redrawn("", &state) + "\r" : "") + message.inOneLine + "\n")
  }

  /// A line in place of the one on the terminal: what is left of that is written over, without escapes.
  private func redrawn(_ line: String, _ state: inout State) -> String {
    let columns = line.columnCount
    defer { state.shownColumns = columns }
    return "\r" + line + String(repeating: " ", count: max(0, state.shownColumns - columns))
  }

  private func draw(_ state: inout State, force: Bool) {
    guard let output else { return }
    let now = ContinuousClock.now
    let pause: Duration = output.isTerminal ? .milliseconds(100) : .seconds(10)
    if !force, let last = state.lastShown, now - last < pause { return }
    let planned = Double(state.planned.reduce(0, +))
    var line = Self.line(
      done: state.done, running: state.running, failed: state.failed, runs: titles.count, isOver: state.isOver,
      fraction: Double(state.taken.reduce(0, +)) / planned, fractionBefore: Double(state.takenBefore) / planned,
      elapsed: (now - start) / .seconds(1))
    guard line != state.lastLine || output.isTerminal else { return }
    state.lastShown = now
    state.lastLine = line
    guard output.isTerminal else { return output.write(line + "\n") }
    // One that reaches the last column is wrapped by some terminals; the window may have another size by now.
    if let columns = output.columns {
      line = line.cut(toColumns: columns - 1)
      state.shownColumns = min(state.shownColumns, max(0, columns - 1))
    }
    output.write(redrawn(line, &state))
  }

  /// The line of the bar; what is over with runs left was interrupted.
  static func line(
    done: Int, running: Int, failed: Int, runs: Int, isOver: Bool, fraction: Double, fractionBefore: Double = 0,
    elapsed: Double
  ) -> String {
    let filled = Int((fraction * 20).rounded(.down))
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled)
    var line = "[\(bar)] \(Int(fraction * 100))%  \(done)/\(runs) done · \(running) running · \(failed) failed"
    if done + failed == runs {
      line += " · took " + NumberText.duration(elapsed)
    } else if isOver {
      line += " · interrupted"
    } else if fraction - fractionBefore > 0.01 {
      line += " · about \(NumberText.duration(elapsed * (1 - fraction) / (fraction - fractionBefore))) left"
    }
    return line
  }
}
