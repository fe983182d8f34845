import MetaRL
import Synchronization
import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A task of an environment in Python: its name, and a number that is drawn for it.
public struct GymnasiumTask: Codable, Sendable, Hashable {
  /// The split of the task, which Python sees by name.
  public var split: TaskID.Split
  /// The index of the task in the split.
  public var index: Int
  /// 31 random bits, the same for this task on every machine.
  public var seed: Int

  fileprivate init(_ id: TaskID, seed: Int) { (split, index, self.seed) = (id.split, id.index, seed) }

  /// Reads what `encode` has written: `[split, index, seed]`.
  public init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    split = try list.decode(TaskID.Split.self)
    index = try list.decode(Int.self)
    seed = try list.decode(Int.self)
  }

  /// A list, as functions in Python take it.
  public func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    try list.encode(split)
    try list.encode(index)
    try list.encode(seed)
  }
}

/// An environment of Gymnasium as a family: Python processes step it, and the zoo does the rest.
///
/// Its name is `gym:ENVIRONMENT`, or `gym:MODULE:ENVIRONMENT` if a module has to be imported, which may also say what
/// tasks are; `metaworld` is such a module. The guide *Using a Gymnasium environment* says how.
public struct GymnasiumFamily: TaskFamily {
  /// The prefix of the names of all such families.
  public static let prefix = "gym:"

  /// The card, with the hash of a short trajectory that was played when the family was opened.
  public private(set) var card: FamilyCard
  private let description: FamilyDescription
  private let pool: WorkerPool
  private let descriptors = DescriptorCache()

  /// Starts Python and asks what the environment is.
  ///
  /// - Parameters:
  ///   - name: `ENVIRONMENT` or `MODULE:ENVIRONMENT`, with or without `gym:` before it.
  ///   - options: how Python is started.
  /// - Throws: `BridgeError` if Python, a package, the module or the environment is missing or cannot be used.
  public init(_ name: String, _ options: WorkerOptions) throws {
    let name = name.hasPrefix(Self.prefix) ? String(name.dropFirst(Self.prefix.count)) : name
    let isSound =
      !name.isEmpty && name.utf8.count <= 150
      && name.utf8.allSatisfy { byte in
        48...57 ~= byte || 65...90 ~= byte || 97...122 ~= byte || "-_.:/".utf8.contains(byte)
      }
    guard isSound else {
      throw BridgeError("\"\(Self.prefix)\(name)\" is not gym:ENVIRONMENT or gym:MODULE:ENVIRONMENT")
    }
    pool = WorkerPool(environment: name, options)
    do {
      description = try pool.describe()
      // A slash would be a directory where results are kept; the worker knows what is meant.
      let safeName = Self.prefix + String(name.map { $0 == "/" ? "." : $0 })
      card = Self.card(named: safeName, description, trajectoryHash: "")
      // Twice, since an environment that does as it likes has no trajectory.
      let hashes = try [MetaRL.trajectoryHash(of: self), MetaRL.trajectoryHash(of: self)]
      let isTheSame = hashes[0] == hashes[1]
      if !isTheSame {
        options.note("\(safeName) does not do the same for the same seeds and actions: no result can be reproduced")
      }
      card = Self.card(named: safeName, description, trajectoryHash: isTheSame ? hashes[0] : "differs every time")
    } catch {
      throw error as? BridgeError ?? BridgeError("\(error)")
    }
  }

  private static func card(
    named name: String, _ description: FamilyDescription, trajectoryHash: String
  ) -> FamilyCard {
    func anchor(_ value: Double?) -> FamilyCard.Anchor {
      .init(value ?? .nan, computation: value == nil ? "not known" : "as the module says")
    }
    return FamilyCard(
      name: name, version: description.version, summary: description.summary, source: description.source,
      actionScale: description.action.scale, episodesPerLifetime: description.episodesPerLifetime,
      random: anchor(description.randomReturn), oracle: anchor(description.oracleReturn),
      trajectoryHash: trajectoryHash, actionUnits: description.action.units,
      // A short one: it is played whenever the family is opened.
      hashedTrajectory: TrajectoryExtent(tasks: 1, episodes: 1, stepsPerEpisode: 50),
      episodesAreNumbered: description.episodesAreNumbered,
      testTasksAreTrainingTasks: description.testTasksAreTrainingTasks,
      software: description.software.compactMap {
        $0.count == 2 ? SoftwareVersion(name: $0[0], version: $0[1]) : nil
      })
  }

  /// Boxes are flattened, choices among observations are one-hot; a box of actions is scaled to ±1.
  public var spec: EnvironmentSpec { description.spec }

  /// The task of a name; numbers are taken modulo the number of tasks, where that is finite.
  public func task(_ id: TaskID) -> GymnasiumTask {
    let named = TaskID(id.split, taskCount(in: id.split).map { id.index % $0 } ?? id.index)
    var random = named.random(family: card.name)
    return GymnasiumTask(named, seed: GymnasiumLanes.seed(from: &random))
  }

  public func makeEnvironment(_ tasks: [GymnasiumTask]) -> GymnasiumLanes {
    GymnasiumLanes(tasks, description, pool)
  }

  /// What the environment's module says, or else the task's number or seed as one small number.
  ///
  /// If Python fails, it is zeros, and whatever is played next fails for that reason.
  public func descriptor(of task: GymnasiumTask) -> [Float] {
    descriptors.descriptor(of: task) {
      do {
        let lease = try pool.lease(laneCount: 0)
        let contents = try JSONEncoder().encode(["tasks": [task]])
        let reply = try lease.worker.exchange(Frame(kind: .descriptors, contents: Array(contents)))
        let numbers = try? JSONDecoder().decode([[Float]].self, from: Data(reply.contents))
        guard let descriptor = numbers?.first, descriptor.count == description.descriptorSize else {
          throw BridgeError(
            "\(card.name): a descriptor does not have \(description.descriptorSize) finite numbers")
        }
        return descriptor
      } catch {
        pool.note(failure: "\(error)")
        return [Float](repeating: 0, count: description.descriptorSize)
      }
    }
  }

  /// As the environment's module says; without end, where a task is a seed.
  public func taskCount(in split: TaskID.Split) -> Int? { description.taskCounts[split.rawValue] ?? nil }

  /// The numbers of the processes that live.
  package var processIdentifiers: [Int32] { pool.processIdentifiers }

  /// Ends all processes of the family, and waits for their ends.
  public func close() { pool.close() }
}

/// Descriptors that were asked for before.
private final class DescriptorCache: Sendable {
  private let known = Mutex([GymnasiumTask: [Float]]())

  func descriptor(of task: GymnasiumTask, otherwise find: () -> [Float]) -> [Float] {
    if let descriptor = known.withLock({ $0[task] }) { return descriptor }
    let descriptor = find()
    known.withLock {
      // Tasks may be without end.
      if $0.count >= 10_000 { $0.removeAll() }
      $0[task] = descriptor
    }
    return descriptor
  }
}
