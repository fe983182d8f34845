import MetaRL
import Tensors

extension Command {
  static let stats = Command(
    name: "stats", operands: "DIR...",
    summary: "Prints statistics of stored results: means, medians, profiles, probabilities of improvement.",
    options: [
      CommandOption(
        "metric", "A,B", "metrics: \(Metric.allCases.map(\.rawValue).joined(separator: ", "))",
        default: "final,gain,online, and solved where it is known"),
      CommandOption(
        "vs", "L", "the learner that the others are held against", default: "the first that is not a control"),
      CommandOption("family", "F", "one family", default: "all"),
      CommandOption("resamples", "N", "resamples of the bootstrap", default: "\(Bootstrap.standardResamples)"),
      CommandOption("profiles", "show performance profiles, too; --json always has them"),
      .jobs, .json, .help,
    ],
    examples: ["stats runs/first", "stats runs/first --metric final,gain --vs maml --resamples 50000 --json"],
    isReadOnly: true
  ) { _, arguments, console in
    let jobs = try arguments.jobs()
    let resamples = try arguments.integer("resamples", in: 100...1_000_000) ?? Bootstrap.standardResamples
    let metrics = try arguments.names("metric")?.compactMap {
      try arguments.choice($0, of: "metric", option: "metric") as Metric?
    }
    guard !arguments.positionals.isEmpty else {
      throw UsageError("stats needs the directory of a comparison or of a run: zoo stats DIR")
    }
    let results = try StoredResults(reading: arguments.paths, workers: Workers(jobs))
    let statistics = try StatisticsOfResults(
      results, metrics: metrics, reference: arguments.text("vs"), family: arguments.text("family"),
      bootstrap: Bootstrap(
        resamples: resamples, random: RandomStream(seed: 0).split("statistics"), workers: Workers(jobs)))
    return console.show(
      arguments, json: statistics.json, text: statistics.text(hasProfiles: arguments.has("profiles")))
  }
}
