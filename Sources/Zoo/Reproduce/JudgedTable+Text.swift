extension JudgedTable.Cell {
  /// The digits after the point that the paper prints.
  private var decimals: Int {
    var (decimals, unit) = (0, cell.printedUnit)
    while unit < 0.999_999, decimals < 9 { (decimals, unit) = (decimals + 1, unit * 10) }
    return decimals
  }

  /// The published number with what the paper says of its error, or a dash.
  var reportedText: String {
    guard let reported = cell.reported else { return "–" }
    let spread = cell.spread.map { " ± \(NumberText.fixed($0.value, decimals: decimals))" } ?? ""
    return NumberText.fixed(reported, decimals: decimals) + spread
  }

  /// Our mean with its interval, or a dash.
  var oursText: String { Self.text(ours, decimals: decimals + 1) }

  /// The same over as many tasks as the paper had, or nothing.
  var ofAsManyTasksText: String { ofAsManyTasks.map { Self.text($0, decimals: decimals + 1) } ?? "" }

  /// The median over tasks and seeds, or nothing.
  var medianText: String { ours?.median.map { NumberText.fixed($0, decimals: decimals + 1) } ?? "" }

  private static func text(_ value: MeasuredValue?, decimals: Int) -> String {
    guard let value else { return "–" }
    let mean = NumberText.fixed(value.mean, decimals: decimals)
    guard let interval = value.interval else { return mean }
    let ends = [interval.lowerBound, interval.upperBound].map { NumberText.fixed($0, decimals: decimals) }
    return "\(mean) [\(ends[0]), \(ends[1])]"
  }

  /// The verdict, with what was promised and is not held.
  var verdictText: String {
    var text = verdict.inWords
    if let least = cell.atLeast, let ours {
      text +=
        ours.mean < least
        ? ", not the \(NumberText.short(least)) promised" : ", at least \(NumberText.short(least))"
    }
    return text
  }
}

extension JudgedTable {
  var hasMedians: Bool { cells.contains { $0.ours?.median != nil } }

  /// The table for a terminal: published and reproduced values.
  var text: String {
    let median = hasMedians ? ["MEDIAN"] : []
    var table = TextTable(header: ["ROW", "COLUMN", "PUBLISHED", "OURS, 95 % INTERVAL"] + median + ["VERDICT"])
    for cell in cells {
      table.rows.append(
        [cell.cell.row, cell.cell.column, cell.reportedText, cell.oursText]
          + (hasMedians ? [cell.medianText] : []) + [cell.verdictText])
    }
    return "\(self.table.name) · \(self.table.caption)\n\(self.table.citation.text)\n\n" + table.aligned + "\n"
      + summary + "\n"
  }

  /// The sources of all numbers, our departures, and the rule of the verdicts.
  var sourcesText: String {
    let paper = table
    var text = "\nRule: \(paper.rule.words)\n\nExperiments:\n"
    for experiment in paper.experiments {
      let settings = experiment.settings.map(\.withSource)
      text +=
        "  \(experiment.id): \(experiment.learner) on \(experiment.family), "
        + NumberText.quantity(experiment.episodesPerLifetime, "episode") + " a lifetime"
        + (settings.isEmpty ? "" : "; " + settings.joined(separator: "; ")) + "\n"
      let budgets = BudgetName.allCases.compactMap { name in
        experiment.budgets[name].map { "\(name.rawValue) \($0.inWords)" }
      }
      text += "    " + budgets.joined(separator: " · ") + "\n"
    }
    text += "\nSources and deviations:\n"
    for cell in paper.cells {
      let measure = cell.measure.map { "; ours is the \($0.inWords)" } ?? ""
      let factor = cell.factorSource.map { ", times \(NumberText.plain(cell.factor)) (\($0))" } ?? ""
      text += "  \(cell.title): \(cell.source) (\(cell.confidence))\(measure)\(factor)\n"
      let remarks = [
        ("departs", cell.deviation), ("not comparable", cell.notComparable), ("note", cell.note),
      ]
      for case (let kind, let remark?) in remarks { text += "    \(kind): \(remark)\n" }
    }
    return text
  }

  /// As `--json` shows it.
  var json: JSONValue {
    [
      "name": .string(table.name), "citation": .string(table.citation.text), "rule": .string(table.rule.words),
      "stale": .array(stale.map { .string($0) }),
      "cells": .array(
        cells.map { cell in
          [
            "row": .string(cell.cell.row), "column": .string(cell.cell.column),
            "experiment": cell.cell.experiment.map { .string($0) } ?? .null,
            "reported": cell.cell.reported.map { .number($0) } ?? .null,
            "reportedHalfWidth": .number(cell.reportedHalfWidth),
            "ours": cell.ours?.json ?? .null,
            "ofAsManyTasksAsThePaper": cell.ofAsManyTasks?.json ?? .null,
            "verdict": .string(cell.verdict.inWords), "source": .string(cell.cell.source),
            "confidence": .string(cell.cell.confidence),
            "deviation": cell.cell.deviation.map { .string($0) } ?? .null,
          ]
        }),
    ]
  }
}

extension PaperBudget {
  /// "10.0 M steps, 1000 tasks, seeds 0,1,2", and its own settings.
  var inWords: String {
    let steps = trainingSteps == 0 ? "no training" : "\(NumberText.count(Double(trainingSteps))) steps"
    let names = seeds.map { "\($0)" }.joined(separator: ",")
    let own = settings.map { "; " + $0.withSource }.joined()
    return
      "\(steps), \(NumberText.quantity(testTasks, "task")), \(seeds.count == 1 ? "seed" : "seeds") \(names)\(own)"
  }
}

extension SettingOverride {
  /// "discount=0.9 (appendix A.2)".
  fileprivate var withSource: String { "\(key)=\(value) (\(source ?? "no source"))" }
}
