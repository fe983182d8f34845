import MetaRL

extension Command {
  static let report = Command(
    name: "report", operands: "DIR...",
    summary: "Writes a page, figures and tables from stored results.",
    options: [
      CommandOption("out", "OUT", "where the report goes", default: "DIR/report, of a single DIR"),
      CommandOption(
        "format", "svg,png,pdf", "formats of the figures; PNG and PDF need rsvg-convert or vl-convert",
        default: "svg"),
      CommandOption("tensorboard", "write event files for TensorBoard, too"),
      .jobs, .quiet, .help,
    ],
    examples: [
      "report runs/second", "report runs/first runs/second --out runs/both --format svg,pdf",
      "report runs/second --tensorboard",
    ], isReadOnly: true
  ) { _, arguments, console in
    let directories = try arguments.paths
    guard !directories.isEmpty else {
      throw UsageError("report needs the directory of a comparison or of a run: zoo report DIR")
    }
    guard
      let out = try arguments.directory("out") ?? (directories.count == 1 ? directories[0].inside("report") : nil)
    else {
      throw UsageError("the report of several directories needs a place: --out DIR")
    }
    let formats = try pictureFormats(arguments)
    let workers = Workers(try arguments.jobs())
    // Of what is not there, no report is begun.
    for directory in directories { try requireDirectory(directory) }
    let comparison = try ComparisonResult(reading: directories, workers: workers)
    let isQuiet = arguments.has("quiet")
    let writer = ReportWriter(
      contents: try ReportContents(comparison, workers: workers), directory: out, formats: formats,
      note: { console.errors.line("note: \($0)") })
    try writer.write()
    if arguments.has("tensorboard") {
      let count = try comparison.results.writeTensorBoardEvents(to: out.inside("tensorboard"))
      if !isQuiet {
        console.errors.line(
          "\(NumberText.quantity(count, "event file")) for: tensorboard --logdir \(out.inside("tensorboard").shellWord)"
        )
      }
    }
    console.output.line(out.inside("report.html"))
    return ExitCode.done
  }

  /// The requested formats in addition to SVG, which is always written.
  private static func pictureFormats(_ arguments: Arguments) throws -> [PictureConverter.Format] {
    let names = try arguments.names("format") ?? []
    let known = ["svg"] + PictureConverter.Format.allCases.map(\.rawValue)
    for name in names where !known.contains(name) {
      throw UsageError("--format: " + unknownName("format", name, among: known))
    }
    return PictureConverter.Format.allCases.filter { names.contains($0.rawValue) }
  }
}
