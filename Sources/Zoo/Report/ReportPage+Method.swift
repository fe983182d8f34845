import MetaRL

extension ReportPage {
  var budget: HTMLText {
    let machines = contents.machines.map { machine in
      HTMLText.paragraph("Machine: " + machine.map { "\($0.name) \($0.value)" }.joined(separator: ", ") + ".")
    }
    return section(
      "cost", "Cost",
      [
        .element(
          "p", [("class", "quiet")],
          text:
            "Counted by the harness, not by the learners; means over the finished runs. Peak memory is "
            + "the maximum over all runs of the memory of their process, with everything else that it did. "
            + "Updates are gradient or trust-region steps, where a learner logs them; else an iteration counts as one. "
            + "The batch is what an iteration takes of environment steps; the reward is the channel that the policy is "
            + "trained on."
        ),
        .table(contents.budgetTable),
      ] + machines)
  }

  var missing: HTMLText {
    var content: [HTMLText] = []
    if contents.missing.isEmpty {
      content.append(.paragraph("No planned run is missing."))
    } else {
      content += [.paragraph("Runs without a result:"), .list(contents.missing)]
    }
    if !contents.omissions.isEmpty {
      content += [.element("h3", text: "Left out"), .list(contents.omissions)]
    }
    if !contents.warnings.isEmpty {
      content += [.element("h3", text: "Warnings"), .list(contents.warnings)]
    }
    return section("missing", "What is missing", content)
  }

  var settings: HTMLText {
    section("settings", "Settings", contents.learners.map(settings))
  }

  private func settings(_ learner: ReportContents.Learner) -> HTMLText {
    let paper = learner.paper.map { " (\($0))" } ?? ""
    let tables = learner.settings.flatMap { families, settings -> [HTMLText] in
      let place: [HTMLText] =
        learner.settings.count > 1 ? [.paragraph("On \(families.joined(separator: ", ")):")] : []
      guard !settings.isEmpty else { return place + [.paragraph("It has no settings.")] }
      let items = settings.map { setting -> HTMLText in
        let source = setting.source.map { ", \($0)" } ?? ""
        return .element(
          "li",
          of: [
            HTMLText("\(setting.key) "), .element("strong", text: setting.value.text),
            .element("span", [("class", "quiet")], text: " \(setting.origin)\(source)"),
          ])
      }
      return place + [.element("ul", [("class", "settings")], of: items)]
    }
    let changed = Set(learner.settings.flatMap(\.settings).filter { $0.origin != "default" }.map(\.key)).count
    let summary = changed == 0 ? "all defaults" : "\(changed) not the default"
    return .details(
      "\(learner.name): \(summary)",
      [.paragraph("\(learner.summary)\(paper) Adapts by: \(learner.adaptsBy).")] + tables)
  }

  var method: HTMLText {
    let optima = contents.families.map(\.section.bayesOptimal)
    let hasOptima = optima.contains { $0 != nil }
    let anchors = TextTable(
      header: ["family", "protocol", "random anchor", "oracle anchor"]
        + (hasOptima ? [FamilyCard.BayesOptimum.name] : []),
      rows: zip(contents.families, optima).map { family, optimum in
        [
          family.name, family.evaluation.identifier,
          "\(NumberText.short(family.card.random.value)): \(family.card.random.computation)",
          "\(NumberText.short(family.card.oracle.value)): \(family.card.oracle.computation)",
        ] + (hasOptima ? [optimum?.inWords ?? "–"] : [])
      })
    return section(
      "method", "How it was made",
      [
        .list([
          "For each task of evaluation a newborn agent lives one lifetime, a fixed number of episodes. What these "
            + "earn is the online return. Before the first episode and after later ones, a frozen copy plays episodes "
            + "that the agent does not learn from; what it earns is the adapted return.",
          "A seed is one whole run, from the first parameter to the last probe, and the unit that is repeated; tasks "
            + "are the strata. Intervals are 95 % percentile intervals of the stratified bootstrap: within each task "
            + "on its own, seeds are drawn with replacement, \(contents.resamples) times. Fewer than "
            + "\(ScoreMatrix.fewestSeedsForInterval) seeds have no interval; fewer than "
            + "\(ScoreMatrix.fewestSeedsForTrust), a rough one.",
          "Iterations are whole. Training ends with the one that reaches the budget of environment steps, or before one "
            + "that would go beyond it by more than "
            + "\(NumberText.fixed(RunCost.tolerance * 100, decimals: 0)) %; the first is always made. The last learner is evaluated, never the best one. No curve is smoothed.",
          "Scores place a return between the two anchors of the family, stored with it: what acting at random earns, "
            + "0, and what an agent earns that knows the task, 1.",
          "Planned runs that did not finish are named under \"What is missing\", and count in no mean.",
        ]),
        .table(anchors),
      ])
  }

  var repetition: HTMLText {
    var content: [HTMLText] = [
      .paragraph(
        "With the same version and the same seeds, episodes.jsonl and train.jsonl of every run come out the same, "
          + "to the last byte, on any number of threads."),
      .element("pre", text: contents.commands.joined(separator: "\n")),
    ]
    if let file = contents.suiteFile {
      content += [.paragraph("suite.json5, as it was typed:"), .element("pre", text: file)]
    }
    let origins = contents.origins.map(\.inWords).joined(separator: ", ")
    var facts = [
      "version: \(contents.versions.joined(separator: ", "))",
      "commit that the zoo was built from: \(origins.isEmpty ? "not known" : origins)",
      "seeds: \(contents.seeds.map(String.init).joined(separator: ", "))",
    ]
    if !contents.ownCommits.isEmpty {
      facts.append("commit of the program's package: \(contents.ownCommits.joined(separator: ", "))")
    }
    if !contents.workingDirectoryCommits.isEmpty {
      let commits = contents.workingDirectoryCommits.joined(separator: ", ")
      facts.append("commit of the directory that it was started in: \(commits)")
    }
    facts.append("read from: \(contents.directories.joined(separator: ", "))")
    return section("repeat", "How to repeat it", content + [.list(facts)])
  }
}

extension SourceRecord {
  fileprivate var inWords: String {
    guard let commit else { return "not known" }
    switch hasChanges {
    case true?: return "\(commit), with changes that no commit has"
    case false?: return commit
    case nil: return "\(commit), perhaps with changes: git was not there to tell"
    }
  }
}

extension ReportContents {
  /// The cost of runs, one row a learner and family.
  var budgetTable: TextTable {
    var table = TextTable(header: [
      "family", "learner", "runs", "training reward", "training steps", "iterations", "updates", "batch in steps",
      "evaluation steps", "the same untrained", "time of a run", "processor time", "peak memory of the process",
    ])
    for family in families {
      for learner in family.learners {
        let cost = learner.cost
        table.rows.append([
          family.name, learner.learner.titleInTable, "\(learner.finished.count)", learner.trainingReward ?? "–",
          NumberText.count(cost.trainingSteps), NumberText.count(cost.iterations), NumberText.count(cost.updates),
          NumberText.count(cost.trainingSteps / cost.iterations), NumberText.count(cost.evaluationSteps),
          NumberText.count(cost.untrainedSteps), NumberText.duration(cost.wallSeconds),
          NumberText.duration(cost.processorSeconds), NumberText.fixed(cost.peakMemory / 1e6, decimals: 0) + " MB",
        ])
      }
    }
    return table
  }
}
