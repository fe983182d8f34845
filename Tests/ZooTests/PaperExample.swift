import Foundation

/// A folder of papers with one table, for `testCatalog`.
struct PaperExample {
  /// The table, as people would type it.
  static let table = """
    {
      "schema": 1,
      "name": "try2020/table1",
      "citation": {
        "title": "A try", "authors": "Nobody", "venue": "nowhere", "year": 2020, "identifier": "arXiv:0"
      },
      "caption": "Bandits",
      "rule": {"words": "intervals have a point in common", "reportedTasks": 12, "printedUnit": 0.1},
      "budgets": {
        "smoke": {"trainingSteps": 60, "testTasks": 8, "episodesPerProbe": 1, "seeds": 1},
        "laptop": {"trainingSteps": 600, "testTasks": 30, "episodesPerProbe": 3, "seeds": 2},
        "paper": {"trainingSteps": 12e2, "testTasks": 40, "episodesPerProbe": 3, "seeds": "0..1"}
      },
      "experiments": [
        {"id": "best", "learner": "best-arm", "family": "bernoulli-bandit-5x10", "episodesPerLifetime": 10,
          "settings": {"exploration": {"value": 0.1, "source": "section 3"}}},
        {"id": "wander", "learner": "wanderer", "family": "bernoulli-bandit-5x10", "episodesPerLifetime": 10,
          "budgets": {"laptop": {"trainingSteps": 0}}}
      ],
      "cells": [
        {"row": "n=10", "column": "best", "experiment": "best", "measure": "lifetimeReturn", "reported": 6.4,
          "source": "Table 1", "confidence": "verified"},
        {"row": "n=10", "column": "random", "experiment": "wander", "measure": "lifetimeReturn", "reported": 5.0,
          "source": "Table 1", "confidence": "verified", "deviation": "it wanders", "mustHold": true},
        {"row": "n=10", "column": "other", "reported": 6.7, "source": "Table 1", "confidence": "verified"},
        {"row": "pull 3", "column": "best", "experiment": "best", "measure": "onlineReturn", "episode": 3,
          "reported": null, "source": "not in the paper", "confidence": "ours"},
        {"row": "after 4", "column": "best", "experiment": "best", "measure": "adaptedReturn", "episode": 4,
          "reported": -12, "times": -20, "scaleSource": "made up", "printedUnit": 1,
          "spread": {"value": 2, "kind": "confidence95"}, "source": "Table 1", "confidence": "verified"},
        {"row": "t", "column": "best against wander", "experiment": "best", "against": "wander",
          "measure": "lifetimeReturn", "reported": 4.0, "source": "Table 1", "confidence": "verified"}
      ]
    }
    """

  let papers: String
  /// The directory that holds it.
  let directory: String

  /// Writes a table to `directory/papers`, with a part of it replaced.
  init(in directory: String, replacing old: String = "", with new: String = "") throws {
    self.directory = directory
    papers = directory + "/papers"
    try FileManager.default.createDirectory(atPath: papers + "/try2020", withIntermediateDirectories: true)
    try write(Self.table, replacing: old, with: new)
  }

  /// Writes a table with a part of it replaced.
  func write(_ table: String = Self.table, replacing old: String, with new: String) throws {
    let text = old.isEmpty ? table : table.replacingOccurrences(of: old, with: new)
    try save(text, to: papers + "/try2020/table1.json")
  }

  func reproduce(_ line: String, isInterrupted: @escaping @Sendable () -> Bool = { false }) -> Ended {
    zoo("reproduce \(line) --papers \(papers)", isInterrupted: isInterrupted)
  }

  /// Runs the table, with its results in `directory/name`.
  func run(_ options: String = "", to name: String) -> Ended {
    reproduce("run try2020/table1 \(options) --quiet --out \(directory)/\(name)")
  }

  /// The file of results beside the table.
  var results: String { papers + "/try2020/table1.results.json" }
}
