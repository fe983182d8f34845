/// Writes a report: the page, the tables, the numbers, and every figure as files.
struct ReportWriter {
  let contents: ReportContents
  let directory: String
  /// The formats of figures in addition to SVG.
  var formats: [PictureConverter.Format] = []
  /// Told what could not be had.
  var note: (String) -> Void = { _ in }

  /// Writes all files.
  ///
  /// - Throws: `FileError`, or `UsageError` for results that cannot be read.
  func write() throws {
    let figuresDirectory = directory + "/figures"
    try Files.makeWritableDirectory(figuresDirectory)
    var taken: Set<String> = []
    let overall = contents.overallFigures.map { Self.named($0, &taken) }
    let figures = try contents.families.map { family in
      try contents.figures(of: family) {
        try TrainingLog(at: $0 + "/train.jsonl", atMost: TrainingLog.mostRows)
      }.map { Self.named($0, &taken) }
    }
    let page = ReportPage(contents: contents, overall: overall, figures: figures)
    let all = overall + figures.joined()
    for figure in all {
      try Files.write(figure.svg, to: "\(figuresDirectory)/\(figure.name).svg")
      try Files.write(figure.csv, to: "\(figuresDirectory)/\(figure.name).csv")
    }
    removeOthers(than: all, in: figuresDirectory)
    try convert(all, in: figuresDirectory)
    try Files.write(contents.markdown, to: directory + "/table.md")
    try Files.write(contents.latex, to: directory + "/table.tex")
    try Files.write(contents.curvesCSV, to: directory + "/curves.csv")
    try Files.write(contents.json.indentedText, to: directory + "/report.json")
    // The last, so that who finds it finds all that it names.
    try Files.write(page.html, to: directory + "/report.html")
  }

  /// Removes figures of an earlier report that this one does not have, and nothing else.
  private func removeOthers(than figures: [ReportFigure], in directory: String) {
    let names = Set(figures.map(\.name))
    let endings = ["svg", "csv"] + PictureConverter.Format.allCases.map(\.rawValue)
    for file in (try? Files.names(in: directory)) ?? [] {
      guard let ending = endings.first(where: { file.hasSuffix("." + $0) }) else { continue }
      let name = String(file.dropLast(ending.count + 1))
      let isOurs = ["adaptation-", "tasks-", "profile-", "training-", "scores-"].contains { name.hasPrefix($0) }
      if isOurs, !names.contains(name) { Files.remove(directory.inside(file)) }
    }
  }

  private func convert(_ figures: [ReportFigure], in directory: String) throws {
    guard !formats.isEmpty else { return }
    guard let converter = PictureConverter() else {
      note(PictureConverter.advice)
      return
    }
    for figure in figures {
      for format in formats {
        let path = "\(directory)/\(figure.name)"
        try converter.convert(path + ".svg", to: "\(path).\(format.rawValue)", as: format)
      }
    }
  }

  /// A figure with a unique name, since names of different families can give the same file name.
  private static func named(_ figure: ReportFigure, _ taken: inout Set<String>) -> ReportFigure {
    var (name, number) = (figure.name, 2)
    // Some file systems take letters of either case for the same.
    while !taken.insert(name.lowercased()).inserted {
      name = "\(figure.name)-\(number)"
      number += 1
    }
    guard name != figure.name else { return figure }
    var renamed = ReportFigure(name: name, caption: figure.caption, svg: figure.svg, csv: figure.csv)
    renamed.isWide = figure.isWide
    return renamed
  }
}
