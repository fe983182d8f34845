import MetaRL

extension EvaluationProtocol {
  package init(_ stored: StoredObject) throws {
    guard let values = stored.json["probes"]?.arrayValue else { throw stored.problem("probes", "a list") }
    self.init(
      split: try stored.choice("split"), taskCount: try stored.integer("taskCount", in: 1...100_000),
      episodesPerLifetime: try stored.integer("episodesPerLifetime", in: 1...10_000),
      probes: values.map { $0.integerValue ?? -1 },
      episodesPerProbe: try stored.integer("episodesPerProbe", in: 1...10_000))
    guard isSound else {
      throw stored.problem("probes", "rising numbers of episodes from 0 to \(episodesPerLifetime)")
    }
    guard try stored.text("identifier") == identifier else { throw stored.problem("identifier", identifier) }
  }

  package var json: JSONValue {
    [
      "identifier": .string(identifier), "split": .string(split.rawValue), "taskCount": .integer(taskCount),
      "episodesPerLifetime": .integer(episodesPerLifetime), "probes": .array(probes.map { .integer($0) }),
      "episodesPerProbe": .integer(episodesPerProbe),
    ]
  }

  /// The evaluation of the untrained learner: the same lifetimes with the same chances, probed at the first and the last
  /// probe only, which is all that its row in a table shows.
  package var ofUntrained: EvaluationProtocol {
    var few = self
    few.probes = probes.indices.filter { $0 == 0 || $0 == probes.count - 1 }.map { probes[$0] }
    return few
  }

  package func mostSteps(horizon: Int) -> Int {
    taskCount * (episodesPerLifetime + probes.count * episodesPerProbe) * horizon
  }

  /// Whether it can be carried out: files may say anything.
  package var isSound: Bool {
    (1...100_000).contains(taskCount) && (1...10_000).contains(episodesPerLifetime)
      && (1...10_000).contains(episodesPerProbe) && !probes.isEmpty
      && probes.allSatisfy { (0...episodesPerLifetime).contains($0) } && probes == probes.sorted()
      && Set(probes).count == probes.count
  }

  /// The episodes that are evaluated; nil if they are more than can be counted.
  var episodeCount: Int? {
    let (probed, first) = probes.count.multipliedReportingOverflow(by: episodesPerProbe)
    let (each, second) = probed.addingReportingOverflow(episodesPerLifetime)
    let (all, third) = each.multipliedReportingOverflow(by: taskCount)
    return first || second || third ? nil : all
  }

  /// "20 held-out tasks".
  package var tasksInWords: String { NumberText.quantity(taskCount, "\(split.inWords) task") }
}

extension TaskID.Split {
  package var inWords: String {
    switch self {
    case .train: "training"
    case .validation: "validation"
    case .test: "held-out"
    }
  }
}
