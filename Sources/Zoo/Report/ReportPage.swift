/// The page of a report: one file that needs no other, no network and no script.
struct ReportPage: Sendable {
  let contents: ReportContents
  let overall: [ReportFigure]
  let figures: [[ReportFigure]]

  var html: String {
    let sections = [
      glance, overallSection, HTMLText(markup: familySections), budget, missing, settings, method, repetition,
    ]
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(MarkupText.escaped(title))</title>
      <style>
      \(HTMLText.style)
      </style>
      </head>
      <body>
      \(header.markup)<main>
      \(sections.map(\.markup).joined())</main>
      \(footer.markup)</body>
      </html>

      """
  }

  /// "5 learners on 2 families".
  var title: String {
    let learners = contents.learners.count { $0.role == .learner }
    let controls = contents.learners.count - learners
    let players = [
      learners > 0 ? NumberText.quantity(learners, "learner") : "",
      controls > 0 ? NumberText.quantity(controls, "control") : "",
    ].filter { !$0.isEmpty }
    let families = contents.families.count == 1 ? "1 family" : "\(contents.families.count) families"
    return "How \(players.isEmpty ? "no learners" : players.joined(separator: " and ")) adapt to \(families)"
  }

  private var header: HTMLText {
    let names = { (role: LearnerCard.Role) in
      contents.learners.filter { $0.role == role }.map(\.name).joined(separator: ", ")
    }
    var lines: [String] = []
    if !names(.learner).isEmpty { lines.append("Learners: \(names(.learner)).") }
    if !names(.control).isEmpty {
      lines.append("Controls, which show what the others' numbers mean: \(names(.control)).")
    }
    lines.append("Families of tasks: \(contents.families.map(\.name).joined(separator: ", ")).")
    lines.append(
      "A learner trains on many tasks. Then an agent of it lives a lifetime of some episodes in each of a set of "
        + "tasks for evaluation, and its returns show how quickly it adapts.")
    var links = [("glance", "At a glance"), ("overall", "All families")]
    if contents.overall.isEmpty { links.removeLast() }
    links += contents.families.indices.map { ("family-\($0)", contents.families[$0].name) }
    links += [
      ("cost", "Cost"), ("missing", "What is missing"), ("settings", "Settings"), ("method", "How it was made"),
      ("repeat", "How to repeat it"),
    ]
    return .element(
      "header",
      of: [.element("h1", text: title), .paragraph(lines.joined(separator: " "))] + warnings + [
        .element("nav", of: links.map { .element("a", [("href", "#\($0.0)")], text: $0.1) })
      ])
  }

  private var warnings: [HTMLText] {
    contents.warnings.isEmpty
      ? [] : [.element("div", [("class", "caution")], of: contents.warnings.map { .paragraph($0) })]
  }

  private var footer: HTMLText {
    .element(
      "footer",
      of: [
        .element(
          "p", [("class", "quiet")],
          text: "Made by zoo report, version \(zooVersion), from files alone. The same numbers: report.json, "
            + "curves.csv, table.md, table.tex and figures/ in the same directory.")
      ])
  }

  /// A section with a heading that can be linked to.
  func section(_ identifier: String, _ heading: String, _ content: [HTMLText]) -> HTMLText {
    .element("section", [("id", identifier)], of: [.element("h2", text: heading)] + content)
  }

  func figure(_ figure: ReportFigure) -> HTMLText {
    let files: [HTMLText] = ["svg", "csv"].flatMap { ending in
      let file = "figures/\(figure.name).\(ending)"
      return [HTMLText(" "), .element("a", [("href", file)], text: ending.uppercased())]
    }
    return .element(
      "figure", figure.isWide ? [("class", "wide")] : [],
      of: [
        .element("div", [("class", "scroll")], of: [HTMLText(markup: figure.svg)]),
        .element("figcaption", of: [HTMLText(figure.caption)] + files),
      ])
  }

  /// Figures side by side where there is room.
  func figures(_ figures: some Sequence<ReportFigure>) -> HTMLText {
    .element("div", [("class", "figures")], of: figures.map { figure($0) })
  }
}
