import MetaRL
import Tensors

extension Command {
  static let stats = Command(
    name: "stats", operands: "DIR...",
    summary: "Prints statistics of stored results: means, medians, profiles, probabilities of improvement.",
    options: [
      CommandOption(
        name: "metric", placeholder: "A,B",
        meaning: "metrics: \(Metric.allCases.map(\.rawValue).joined(separator: ", "))",
        standard: { _ in "final,gain,online, and solved where it is known" }),
      CommandOption(
        name: "vs", placeholder: "L", meaning: "the learner that the others are held against",
        standard: { _ in "the first that is not a control" }),
      CommandOption(name: "family", placeholder: "F", meaning: "one family", standard: { _ in "all" }),
      CommandOption(
        name: "resamples", placeholder: "N", meaning: "resamples of the bootstrap",
        standard: { _ in "\(Bootstrap.standardResamples)" }),
      CommandOption(name: "profiles", meaning: "show performance profiles, too; --json always has them"),
      .jobs, .json, .help,
    ],
    examples: ["stats runs/first", "stats runs/first --metric final,gain --vs maml --resamples 50000 --json"]
  ) { _, arguments, console in
    let jobs = try arguments.integer("jobs", in: 1...1024) ?? Machine.processorCount
    let resamples = try arguments.integer("resamples", in: 100...1_000_000) ?? Bootstrap.standardResamples
    let metrics = try arguments.names("metric")?.map(metric)
    guard !arguments.positionals.isEmpty else {
      throw UsageError("stats needs the directory of a comparison or of a run: zoo stats DIR")
    }
    let results = try StoredResults(reading: arguments.paths, workers: Workers(jobs))
    let statistics = try StatisticsOfResults(
      results, metrics: metrics, reference: arguments.text("vs"), family: arguments.text("family"),
      bootstrap: Bootstrap(
        resamples: resamples, random: RandomStream(seed: 0).split("statistics"), workers: Workers(jobs)))
    console.output.write(
      arguments.has("json")
        ? statistics.json.indentedText : statistics.text(hasProfiles: arguments.has("profiles")))
    return ExitCode.done
  }

  private static func metric(_ name: String) throws -> Metric {
    guard let metric = Metric(rawValue: name) else {
      throw UsageError("--metric: " + unknownName("metric", name, among: Metric.allCases.map(\.rawValue)))
    }
    return metric
  }
}
