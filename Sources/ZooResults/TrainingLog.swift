#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The metrics of a run's training, read from its `train.jsonl`.
package struct TrainingLog: Sendable {
  package struct Metric: Sendable {
    package var name: String
    /// The numbers, at environment steps of training.
    package var points: [TensorBoardEvents.Scalar]
  }

  /// The metrics, in the order they first appear.
  package private(set) var metrics: [Metric] = []

  /// The most rows that are read of a run where its log is drawn or summarized.
  package static let mostRows = 400

  /// Reads a file; an absent one holds nothing, and a last line without a line break is torn and left out.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - most: the most rows to take, one from each of as many equal parts of the file; all if nil.
  /// - Throws: `UsageError` that names the file and the line.
  package init(at path: String, atMost most: Int? = nil) throws {
    guard Files.exists(path) else { return }
    let data = try Files.data(of: path)
    let lines = Self.lines(in: data)
    var places: [String: Int] = [:]
    for number in Self.chosen(lines.count, atMost: most) {
      guard let row = try? JSONValue(parsing: String(decoding: data[lines[number]], as: UTF8.self)),
        let steps = row["environmentSteps"]?.integerValue, let members = row["metrics"]?.members
      else { throw UsageError("\"\(path)\", line \(number + 1): not a row of training") }
      for member in members {
        guard let value = member.value.numberValue else { continue }
        let place = places[member.key] ?? metrics.count
        if place == metrics.count {
          places[member.key] = place
          metrics.append(Metric(name: member.key, points: []))
        }
        metrics[place].points.append(TensorBoardEvents.Scalar(step: steps, value: value))
      }
    }
  }

  /// The mean of a metric over the last fifth of what was logged of it; nil if it was not.
  func lateMean(of metric: String) -> Double? {
    guard let values = metrics.first(where: { $0.name == metric })?.points.map(\.value) else { return nil }
    return average(values.suffix((values.count + 4) / 5))
  }

  private static func lines(in data: Data) -> [Range<Int>] {
    var (lines, start) = ([Range<Int>](), data.startIndex)
    while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(start..<end)
      start = end + 1
    }
    return lines
  }

  /// One of each part, at ever other places in it: what is logged every tenth time would else be missed for good.
  private static func chosen(_ count: Int, atMost most: Int?) -> [Int] {
    guard let most, count > most, most > 1 else { return Array(0..<count) }
    return (0..<most).map { part in
      guard part > 0 else { return 0 }
      guard part < most - 1 else { return count - 1 }
      let (first, next) = (part * count / most, (part + 1) * count / most)
      return first + part * 7919 % (next - first)
    }
  }
}

/// The metrics that the harness looks at, if a learner logs them; it never asks which learner it is.
public enum TrainingMetric {
  /// The gradient or trust-region steps of an iteration, a whole number; where it is not logged, an iteration counts as
  /// one.
  public static let updates = "updates"
  /// The divergence of posteriors over a latent variable from their prior: the mean over tasks of the KL divergence, in nats.
  ///
  /// Near 0, agents know no more of their task after experience than before.
  public static let posteriorDivergence = "posteriorDivergence"
  /// The share of a divergence penalty in the objective, from 0 to 1.
  ///
  /// The share in the norm of its gradient or, where that needs another pass, in the loss: the learner's page says which.
  public static let penaltyShare = "penaltyShare"
}
