import MetaRL

extension ReportContents {
  var markdown: String {
    var text = "# Results\n" + (families.count > 1 ? glance : "")
    for family in families {
      text += "\n## \(Self.plain(family.name))\n\n"
      text += "\(family.counts); protocol \(family.evaluation.identifier)\n\n"
      text +=
        TextTable(
          header: family.table.header.map(Self.plain), rows: family.table.rows.map { $0.map(Self.plain) }
        ).markdown
      if !family.warnings.isEmpty {
        text += "\nWarnings:\n\n" + family.warnings.map { "- \(Self.plain($0))\n" }.joined() + "\nColumns:\n"
      }
      text += "\n" + family.legend.map { "- \(Self.plain($0))\n" }.joined()
    }
    text += "\n## Cost\n\n"
    text += TextTable(header: budgetTable.header, rows: budgetTable.rows.map { $0.map(Self.plain) }).markdown
    let notes = warnings + missing.map { "no result: \($0)" } + omissions.map { "left out: \($0)" }
    if !notes.isEmpty { text += "\n## Notes\n\n" + notes.map { "- \(Self.plain($0))\n" }.joined() }
    return text
  }

  /// Who adapts fastest where, and the scores of all.
  private var glance: String {
    func table(_ header: [String], _ rows: [[String]]) -> String {
      TextTable(header: header.map(Self.plain), rows: rows).markdown
    }
    var text = "\n## At a glance\n\n\(Self.meaningOfFastest)\n\n"
    text += table(glanceTable.header, glanceTable.rows.map { $0.map(Self.plain) })
    text += "\n- lifetime return: the mean online return over all episodes of a lifetime. [a, b]: 95 % interval.\n"
    text += "- level with it: learners whose intervals overlap that of the fastest.\n"
    guard let scores = scoreTable(Self.plain, fastest: { "**\(Self.plain($0))**" }) else { return text }
    text += "\nScores after all experience:\n\n" + table(scores.header, scores.rows)
    return text + "\n\(Self.meaningOfScores)\n"
  }

  /// Text on one line in which Markdown sees no tag and no break of a table.
  private static func plain(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\n", "\r", "\t": " "
      case "<": "&lt;"
      case "*", "`", "\\": "\\\(scalar)"
      default: String(scalar)
      }
    }.joined()
  }

  var latex: String {
    let tables = families.map { family in
      LaTeXTable(
        caption: "\(family.name): \(family.counts). Brackets: 95 % stratified bootstrap intervals.",
        label: "tab:\(family.name)", header: family.table.header,
        rows: family.table.rows.map { $0.map { $0.replacing(ResultWarning.mark, with: "") } }
      ).text
    }
    return "% \\usepackage{booktabs}, and \\input{table}\n" + tables.joined(separator: "\n")
  }

  var curvesCSV: String {
    let header = [
      "family", "learner", "kind", "episode", "experience_steps", "mean", "lower", "upper", "seeds", "tasks",
    ]
    let rows = families.flatMap { family in
      family.learners.flatMap { learner in
        [("online", learner.online), ("adapted", learner.adapted)].flatMap { kind, points in
          points.map { point in
            [
              family.name, learner.name, kind, "\(point.episode)", CSVText.number(point.experienceSteps),
              CSVText.number(point.estimate.value), CSVText.number(point.estimate.interval?.lowerBound),
              CSVText.number(point.estimate.interval?.upperBound), "\(learner.finished.count)",
              "\(family.evaluation.taskCount)",
            ]
          }
        }
      }
    }
    return CSVText.table(header, rows)
  }
}

extension ReportContents {
  /// Everything for programs: first what equal results have equal, then what they cost where.
  var json: JSONValue {
    [
      "schema": 2,
      "learners": .array(learners.map(\.json)), "families": .array(families.map(\.json)),
      "overall": .array(overall.map(\.json)),
      "seeds": .array(seeds.map { .integer(Int(clamping: $0)) }),
      "missing": .array(missing.map { .string($0) }),
      "omissions": .array(omissions.map { .string($0) }), "warnings": .array(warnings.map { .string($0) }),
      "resamples": .integer(resamples), "commands": .array(commands.map { .string($0) }),
      "versions": .array(versions.map { .string($0) }),
      "commits": .array(origins.compactMap(\.commit).map { .string($0) }),
      "haveChanges": .array(origins.map { $0.hasChanges.map { .boolean($0) } ?? .null }),
      "workingDirectoryCommits": .array(workingDirectoryCommits.map { .string($0) }),
      "runs": .array(runs.map(\.json)),
      "machines": .array(
        machines.map { .object($0.map { .init(key: $0.name, value: .string($0.value)) }) }),
    ]
  }
}

extension ReportContents.Learner {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "role": .string(role.rawValue), "summary": .string(summary),
      "adaptsBy": .string(adaptsBy), "paper": paper.map { .string($0) } ?? .null,
      "settings": .array(
        settings.flatMap { families, settings in
          // Said only where it is not the same on all families.
          let place = self.settings.count > 1 ? JSONValue.array(families.map { .string($0) }) : nil
          return settings.map { $0.json.appending("families", place) }
        }),
    ]
  }
}

extension FamilyContents {
  fileprivate var json: JSONValue {
    func anchor(_ anchor: FamilyCard.Anchor) -> JSONValue {
      ["value": .number(anchor.value), "computation": .string(anchor.computation)]
    }
    let json: JSONValue = [
      "name": .string(name), "summary": .string(card.summary), "random": anchor(card.random),
      "oracle": anchor(card.oracle),
      "evaluation": evaluation.json, "steps": steps.map { .integer($0) } ?? .null,
      "fastest": fastest.map { .string($0.name) } ?? .null,
      "learners": .array(learners.map { $0.json(untrained: untrained($0)) }),
      "unfinished": .array(
        section.unfinished.map { ["learner": .string($0.learner.name), "planned": .integer($0.seeds)] }),
    ]
    return json.appending("bayesOptimal", section.bayesOptimal?.json)
  }

  /// The result of a learner before its training, if that was evaluated.
  private func untrained(_ learner: LearnerResult) -> JSONValue {
    guard let result = section.untrained[learner.name] else { return .null }
    return [
      "seeds": .integer(result.finished.count), "lifetime": result.lifetime.json, "before": result.before.json,
      "after": result.after.json, "adaptationGain": result.gain.json,
      "score": result.score(on: card)?.json ?? .null,
    ]
  }
}

extension LearnerResult {
  fileprivate func json(untrained: JSONValue) -> JSONValue {
    func points(_ curve: [CurvePoint]) -> JSONValue {
      .array(
        curve.map {
          [
            "episode": .integer($0.episode), "experienceSteps": .number($0.experienceSteps),
            "return": $0.estimate.json,
          ]
        })
    }
    return [
      "learner": .string(name), "role": .string(learner.card.role.rawValue), "finished": .integer(finished.count),
      "planned": .integer(plannedSeeds), "lifetime": lifetime.json, "before": before.json, "after": after.json,
      "interquartileMeanAfter": interquartileAfter.json, "adaptationGain": gain.json,
      "score": score?.json ?? .null, "interquartileMeanScore": interquartileScore?.json ?? .null,
      "twentiethPercentileScore": lowScore?.json ?? .null, "solved": solved?.json ?? .null,
      "probabilityOfImprovementOverFastest": improvement?.json ?? .null,
      "adapted": points(adapted), "online": points(online),
      "tasksBefore": .array(tasksBefore.map { .number($0) }),
      "tasksAfter": .array(tasksAfter.map { .number($0) }), "profile": profileJSON(profile),
      "untrained": untrained, "warnings": .array(warnings.map(\.json)),
      "trainingReward": trainingReward.map { .string($0) } ?? .null,
    ]
  }
}

extension ReportContents.Overall {
  fileprivate var json: JSONValue {
    [
      "learner": .string(learner), "families": .integer(families),
      "statistics": .object(statistics.map { .init(key: $0.name, value: $0.estimate.json) }),
      "profile": profileJSON(profile),
    ]
  }
}

private func profileJSON(_ profile: [(level: Double, share: Estimate)]) -> JSONValue {
  .array(profile.map { ["score": .number($0.level), "share": $0.share.json] })
}

extension ReportContents.Run {
  fileprivate var json: JSONValue {
    [
      "learner": .string(learner), "family": .string(family), "seed": .integer(seed), "status": .string(state.word),
      "cause": state.cause.map { .string($0) } ?? .null, "cost": cost?.json ?? .null,
    ]
  }
}
