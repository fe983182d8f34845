import Foundation
import MetaRL
import StandardZoo
import Tensors
import Testing
import Zoo

/// Trains a moment, and returns the directory of the run.
func trainSmallRun(
  _ learner: String, _ family: String, _ options: String, in catalog: Catalog, _ directory: String
) -> String {
  let train = "train --learner \(learner) --family \(family) --steps 300 \(options) --quiet --out \(directory)"
  expectDone(zoo(train, in: catalog))
  return directory
}

@Suite(.temporaryDirectory) struct ExportTests {
  private let directory = TemporaryDirectory.path

  private func smallRun(_ learner: String, _ family: String, _ more: String = "") -> String {
    trainSmallRun(learner, family, "--tasks 2 --episodes 4 \(more)", in: .standard, directory + "/run")
  }

  /// Exports an agent's network.
  private func exported(_ run: String, _ options: String = "") throws -> [UInt8] {
    let path = run + "/policy.onnx"
    try requireDone(zoo("export \(run) --to onnx \(options) --out \(path)", in: .standard))
    return Array(try contents(path))
  }

  private let small = "--set tasksPerBatch=2 --set episodesPerInnerStep=2 --set hiddenSizes=5"

  @Test("Numbers are written as the specification of protocol buffers shows") func protocolBuffers() {
    var message = ProtocolMessage()
    message.add(1, 150)
    #expect(message.bytes == [0x08, 0x96, 0x01])
    var text = ProtocolMessage()
    text.add(2, "testing")
    #expect(text.bytes == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67])
    var inner = ProtocolMessage()
    inner.add(3, message)
    #expect(inner.bytes == [0x1A, 0x03, 0x08, 0x96, 0x01])
    var negative = ProtocolMessage()
    negative.add(1, -1)
    #expect(negative.bytes == [0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x01])
  }

  @Test func aNetworkIsWrittenLayerByLayer() throws {
    let network = PolicyNetwork(
      layers: [
        .init(weights: Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]), bias: Tensor([7, 8, 9]), activation: .tanh),
        .init(weights: Tensor([0.5, -0.5, 0.25], shape: [3, 1]), bias: Tensor([0]), activation: .identity),
      ], head: .gaussian(logDeviation: Tensor([-1])))
    let bytes = network.onnx(description: "words", metadata: [("task", "3")])
    let model = try #require(ReadMessage(bytes))
    #expect(model.numbers[1] == [8])
    #expect(model.texts(2) == ["MetaRLZoo"] && model.texts(6) == ["words"])
    #expect(model.messages(8).map { $0.numbers[2] } == [[13]])
    #expect(model.messages(14).map { $0.texts(1) + $0.texts(2) } == [["task", "3"]])
    let graph = try #require(model.messages(7).first)
    let nodes = graph.messages(1)
    #expect(nodes.flatMap { $0.texts(4) } == ["Gemm", "Tanh", "Gemm", "Identity"])
    #expect(
      nodes.map { $0.texts(1) } == [
        ["observation", "layer1.weights", "layer1.bias"], ["layer1"],
        ["layer1.activation", "layer2.weights", "layer2.bias"], ["logDeviation"],
      ])
    #expect(
      nodes.flatMap { $0.texts(2) } == ["layer1", "layer1.activation", "action_mean", "action_log_deviation"])
    let tensors = graph.messages(5)
    #expect(
      tensors.flatMap { $0.texts(8) } == [
        "layer1.weights", "layer1.bias", "layer2.weights", "layer2.bias", "logDeviation",
      ])
    #expect(tensors.map { $0.numbers[1] ?? [] } == [[2, 3], [3], [3, 1], [1], [1]])
    let values = tensors[0].parts[9]?.first?.withUnsafeBytes { raw in
      (0..<6).map {
        Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
    #expect(values == [1, 2, 3, 4, 5, 6])
    #expect(graph.messages(11).flatMap { $0.texts(1) } == ["observation"])
    #expect(graph.messages(12).flatMap { $0.texts(1) } == ["action_mean", "action_log_deviation"])
    // A name, then a type, a tensor's type, a shape, and its axes.
    let axes = graph.messages(11)[0].messages(2)[0].messages(1)[0].messages(2)[0].messages(1)
    #expect(axes.map { $0.texts(2) } == [["batch"], []] && axes.map { $0.numbers[1] } == [nil, [2]])
  }

  @Test(arguments: [
    ("maml", "point-navigation"), ("fomaml", "point-navigation"), ("promp", "point-navigation"),
    ("maesn", "point-navigation"), ("maml", "grid-world"),
  ])
  func aPolicySaysWhatItsActionsAre(learner: String, family: String) throws {
    let run = smallRun(learner, family, small)
    let model = try #require(ReadMessage(exported(run)))
    let metadata = Dictionary(
      uniqueKeysWithValues: model.messages(14).map { ($0.texts(1).joined(), $0.texts(2).joined()) })
    let isGaussian = family == "point-navigation"
    #expect(metadata["actionLow"] == (isGaussian ? "[-0.1,-0.1]" : nil))
    #expect(metadata["actionHigh"] == (isGaussian ? "[0.1,0.1]" : nil))
    #expect(metadata["actionFirst"] == (isGaussian ? nil : "0"))
    #expect((metadata["clipping"] != nil) == isGaussian)
    #expect(metadata["output"]?.hasPrefix(isGaussian ? "gaussian: " : "categorical: ") == true)
    #expect(model.texts(6)[0].contains(metadata["output"] ?? "?"))
  }

  @Test func metaParametersComeBackWithTheirNames() throws {
    let run = smallRun("maml", "point-navigation", small)
    let ended = expectDone(zoo("export \(run) --to safetensors", in: .standard))
    let path = run + "/exports/meta-parameters.safetensors"
    #expect(ended.output == path + "\n")
    let file = try SafetensorsFile(parsing: contents(path))
    #expect(
      file.tensors.map(\.name) == [
        "layer1.weights", "layer1.bias", "layer2.weights", "layer2.bias", "logDeviation",
      ])
    #expect(file.tensors.map(\.tensor.shape) == [[2, 5], [5], [5, 2], [2], [2]])
    let metadata = Dictionary(uniqueKeysWithValues: file.metadata.map { ($0.name, $0.text) })
    #expect(metadata["learner"] == "maml" && metadata["family"] == "point-navigation@1")
    #expect(metadata["adaptation"]?.contains("Play 2 episodes") == true)
    let settings = try JSONValue(parsing: metadata["settings"] ?? "").arrayValue ?? []
    #expect(settings.contains { $0["key"] == "episodesPerInnerStep" && $0["value"] == 2 })
  }

  @Test("An adapted policy differs from the meta-parameters only after an inner step") func adaptedPolicy() throws {
    let run = smallRun("maml", "grid-world", small)
    func weights(_ bytes: [UInt8]) throws -> [[UInt8]] {
      let graph = try #require(ReadMessage(bytes)?.messages(7).first)
      return graph.messages(5).flatMap { $0.parts[9] ?? [] }
    }
    #expect(zoo("export \(run) --to safetensors --out \(run)/theta.safetensors", in: .standard).code == 0)
    let theta = try SafetensorsFile(parsing: contents(run + "/theta.safetensors"))
    let born = try weights(exported(run, "--episodes 0"))
    #expect(born == theta.tensors.map { $0.tensor.floats.flatMap(ProtocolMessage.littleEndian) })
    #expect(try weights(exported(run, "--episodes 1")) == born)
    let adapted = try exported(run, "--episodes 2 --task 1")
    #expect(try weights(adapted) != born)
    #expect(try exported(run, "--episodes 2 --task 1") == adapted)
    #expect(try weights(exported(run, "--episodes 2 --task 2")) != weights(adapted))
  }

  @Test(arguments: [
    ("safetensors", "thompson has no meta-parameters to export"),
    ("onnx", "an agent of thompson does not act by a network"),
  ])
  func aLearnerWithoutANetworkSaysSo(format: String, message: String) throws {
    let run = smallRun("thompson", "bernoulli-bandit-5x10")
    expectRefusal(zoo("export \(run) --to \(format)", in: .standard), message)
  }

  @Test func tablesHoldEveryRowAndName() throws {
    let run = smallRun("maml", "grid-world", small)
    #expect(zoo("export \(run) --to csv --out \(run)/tables", in: .standard).code == 0)
    for name in ["episodes", "train"] {
      let rows = try read("\(run)/\(name).jsonl").split(separator: "\n")
      let table = try read("\(run)/tables/\(name).csv").split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      #expect(table.count == rows.count + 1 && rows.count > 1)
      #expect(table.allSatisfy { $0.count == table[0].count })
      #expect(table[0].prefix(3) == ["learner", "family", "seed"])
      #expect(table[1].prefix(3) == ["maml", "grid-world@1", "0"])
      #expect(table[0].contains(name == "train" ? "metrics.returnAfter" : "return"))
    }
  }

  @Test func aTableWithoutRowsHasItsHeader() throws {
    let run = smallRun("thompson", "bernoulli-bandit-5x10")
    #expect(zoo("export \(run) --to csv", in: .standard).code == 0)
    let (training, episodes) = (try read(run + "/exports/train.csv"), try read(run + "/exports/episodes.csv"))
    #expect(training == "learner,family,seed,iteration,environmentSteps\n")
    #expect(episodes.split(separator: "\n").count > 1)
  }

  /// What a run leaves that was stopped in its training, with a row that was cut off.
  private func stop(_ run: String) throws {
    try FileManager.default.removeItem(atPath: run + "/episodes.jsonl")
    try save("{\"status\": \"interrupted\"}\n", to: run + "/status.json")
    let rows = try read(run + "/train.jsonl")
    try save(rows + rows.prefix(40), to: run + "/train.jsonl")
  }

  @Test func whatAStoppedRunHasTrainedSoFarCanBeHad() throws {
    let run = smallRun("maml", "grid-world", small)
    let rows = try read(run + "/train.jsonl").split(separator: "\n").count
    try stop(run)
    let tables = expectDone(zoo("export \(run)/ --to csv", in: .standard))
    #expect(tables.output == "\(run)/exports/train.csv\n\(run)/exports/untrained.csv\n")
    #expect(tables.errors.contains("note: the run is not done (interrupted): this is as far as it has come, "))
    #expect(tables.errors.contains("To continue: zoo resume \(run)\n"))
    #expect(try read(run + "/exports/train.csv").split(separator: "\n").count == rows + 1)
    let events = expectDone(zoo("export \(run) --to tensorboard", in: .standard))
    #expect(events.errors.hasPrefix("note: ") && events.errors.count { $0 == "\n" } == 1)
    let data = try contents(run + "/exports/events.out.tfevents.0.zoo")
    #expect(data.range(of: Data("train/returnAfter".utf8)) != nil)
    #expect(data.range(of: Data("adaptation/".utf8)) == nil)
    let tensors = zoo("export \(run) --to safetensors", in: .standard)
    #expect(tensors.code == 0 && tensors.errors.contains("note: the run is not done"), "\(tensors.errors)")
  }

  @Test("A comparison of which some runs are done is exported as far as it is") func unfinishedComparison() throws {
    let results = directory + "/c"
    let options = "--families grid-world --seeds 0..1 --tasks 2 --episodes 4 --steps 300 --quiet"
    #expect(zoo("compare --learners maml \(options) \(small) --out \(results)", in: .standard).code == 0)
    try stop(results + "/runs/maml/grid-world@1/seed-1")
    try FileManager.default.removeItem(atPath: results + "/runs/maml/grid-world@1/seed-0/untrained.jsonl")
    let tables = expectDone(zoo("export \(results) --to csv", in: .standard))
    #expect(tables.errors.contains("note: 1 of 2 runs are done"), "\(tables.errors)")
    let episodes = try read(results + "/exports/episodes.csv").split(separator: "\n").dropFirst()
    #expect(!episodes.isEmpty && episodes.allSatisfy { $0.hasPrefix("maml,grid-world@1,0,") })
    let training = try read(results + "/exports/train.csv")
    #expect(training.contains("maml,grid-world@1,0,") && training.contains("maml,grid-world@1,1,"))
    let events = zoo("export \(results) --to tensorboard", in: .standard)
    let folder = "\(results)/exports/tensorboard/maml/grid-world@1"
    let files = (0...1).map { "\(folder)/seed-\($0)/events.out.tfevents.0.zoo\n" }
    #expect(events.output == files.joined())
    let report = zoo("report \(results) --tensorboard", in: .standard)
    #expect(report.errors.contains("2 event files"), "\(report.errors)")
    let onnx = zoo("export \(results) --to onnx", in: .standard)
    #expect(onnx.code == 2 && onnx.errors.contains("holds a whole comparison. Name a run in it"))
  }

  /// A lifetime of several episodes, step by step, from the state at birth.
  @Test(
    "One step of a policy with a state, with the state that it gives, is what the agent does",
    arguments: [
      ("rl2", "grid-world", "hiddenSize=4"),
      ("rl2", "point-robot", "hiddenSize=4 memory=lstm baseline=shared embeddingSize=3 readoutSize=5"),
      ("rl2", "point-robot", "hiddenSize=4 readout=modulated readoutSize=5 latentSize=3 seesLastObservation=true"),
      ("rl2-hypernetwork", "grid-world", "hiddenSize=4 readoutSize=5 latentSize=3"),
      ("rl2-transformer", "grid-world", "hiddenSize=4 heads=2 feedForwardSize=5 normalization=before"),
      ("rl2-transformer", "point-robot", "hiddenSize=4 heads=1 feedForwardSize=5 contextLength=6 positions=sine"),
      ("rl2-transformer", "grid-world", "hiddenSize=4 heads=2 feedForwardSize=5 contextLength=1 positions=none"),
      ("trmrl", "point-robot", "hiddenSize=8 heads=2 feedForwardSize=5"),
      ("snail", "grid-world", "hiddenSize=4 layers=1"),
      ("varibad", "grid-world", "standardizesInputs=false"),
      ("varibad", "point-robot", "hiddenSize=8"),
      ("algorithm-distillation", "grid-world", "hiddenSize=4 heads=2 feedForwardSize=5"),
      ("decision-pretrained-greedy", "dark-room-5", "hiddenSize=4 heads=2 feedForwardSize=5 contextLength=7"),
      ("recurrent-dqn", "grid-world", "hiddenSize=4 readoutSize=5"),
      ("recurrent-dqn", "grid-world", "memory=transformer hiddenSize=4 readoutSize=0 isDueling=true"),
    ])
  func steps(learner: String, family: String, settings: String) throws {
    let amounts =
      switch learner {
      case "recurrent-dqn": "batchSize=2"
      case "algorithm-distillation", "decision-pretrained-greedy":
        "stepsPerIteration=60 updatesPerIteration=2 layers=2"
      default: "stepsPerBatch=60"
      }
    let all = "\(settings) \(amounts)".split(separator: " ").map { "--set \($0)" }.joined(separator: " ")
    let run = smallRun(learner, family, all)
    let model = try ONNXModel(exported(run, "--with-examples 120 --task 1"))
    let examples = try JSONValue(parsing: read(run + "/policy.onnx.examples.json"))
    let head =
      learner.hasSuffix("-greedy") || learner == "recurrent-dqn"
      ? "action_values" : family == "grid-world" ? "action_logits" : "action_mean"
    #expect(model.outputs.first == head)
    #expect(examples["episode"]?.arrayValue?.last != 0)
    let steps = examples[head]?.arrayValue?.count ?? 0
    #expect(steps >= 8)
    let metadata = model.metadata
    let episodes = examples["episode"]?.arrayValue ?? []
    let isPerEpisode = metadata["state"]?.contains("The state lasts for an episode.") == true
    #expect(isPerEpisode == (learner == "trmrl"))
    var (state, worst, control, largest) = (model.birth(), Float(0), Float(0), Float(0))
    for step in 0..<steps {
      func row(_ name: String) throws -> Tensor {
        let numbers = try #require(examples[name]?.arrayValue?[step].arrayValue)
        return Tensor(numbers.map { Float($0.numberValue ?? .nan) }, shape: [1, numbers.count])
      }
      if isPerEpisode, step > 0, episodes[step] != episodes[step - 1] { state = model.birth() }
      var given: [String: Tensor] = [:]
      for name in model.inputs where !name.hasPrefix("past.") { given[name] = try row(name) }
      let outputs = try model.run(given.merging(state) { first, _ in first })
      let forgetful = try model.run(given.merging(model.birth()) { first, _ in first })
      let due = try row(head)
      func difference(_ a: Tensor?, _ b: Tensor) throws -> Float {
        try (#require(a) - b).floats.map(abs).max() ?? .nan
      }
      worst = max(worst, try difference(outputs[head], due))
      control = max(control, try difference(forgetful[head], due))
      largest = max(largest, due.floats.map(abs).max() ?? .nan)
      for name in state.keys { state[name] = outputs[name.replacing("past.", with: "present.")] }
    }
    #expect(worst <= 2e-5 * max(largest, 0.05), "off by \(worst), where the largest is \(largest)")
    if !settings.contains("contextLength=1 ") { #expect(control > 20 * worst, "without a state off by \(control)") }
    #expect(metadata["state"]?.hasPrefix("present.N of a step is past.N of the next. ") == true)
    #expect(metadata["input"]?.contains("last_reward: the reward of the step before") == true)
    if head == "action_mean" { #expect(examples["action_log_deviation"]?.arrayValue?.count == 2) }
  }

  @Test func aPolicyWithAStateIsTheSameForAllTasks() throws {
    let run = smallRun("rl2", "bernoulli-bandit-5x10", "--set hiddenSize=4")
    expectRefusal(
      zoo("export \(run) --to onnx --task 1", in: .standard), "there is one model for all tasks; --task goes with")
    let ended = expectDone(zoo("export \(run) --to onnx", in: .standard))
    #expect(ended.output == run + "/exports/policy.onnx\n")
  }

  @Test(
    "The policy of what acts by a feed-forward network is exported",
    arguments: [
      ("sac", "point-robot", "--set hiddenSizes=6 --set updatesPerIteration=2", "action", []),
      ("dqn", "grid-world", "--set hiddenSizes=6 --set updatesPerIteration=2", "action_values", []),
      (
        "dqn", "grid-world", "--set hiddenSizes=6 --set updatesPerIteration=2 --set isDueling=true",
        "action_values", []
      ),
      (
        "pearl", "point-robot",
        "--set hiddenSizes=6 --set encoderSizes=6 --set updatesPerIteration=2 --set trainingTasks=2 --set tasksPerIteration=2",
        "action", ["z_mean", "z_deviation"]
      ),
      ("regression-maml", "sinusoid-regression-10", "--set hiddenSizes=6 --set tasksPerBatch=2", "action", []),
    ])
  func policiesOfLearners(
    learner: String, family: String, settings: String, output: String, more: [String]
  ) throws {
    let run = smallRun(learner, family, settings)
    let model = try #require(ReadMessage(exported(run, "--with-examples 7")))
    let graph = try #require(model.messages(7).first)
    #expect(graph.messages(12).flatMap { $0.texts(1) } == [output] + more)
    #expect(graph.messages(11).flatMap { $0.texts(1) } == ["observation"] + (more.isEmpty ? [] : ["z"]))
    let examples = try JSONValue(parsing: read(run + "/policy.onnx.examples.json"))
    let (due, own) = (examples[output]?.arrayValue, examples["agent_action"]?.arrayValue)
    guard let due, let own else {
      #expect(learner == "pearl" && examples["z"]?.arrayValue?.count == 7)
      return
    }
    for (row, action) in zip(due, own) {
      let values = row.arrayValue?.compactMap(\.numberValue) ?? []
      if let choice = action.integerValue {
        #expect(values.firstIndex(of: values.max() ?? .nan) == choice)
      } else {
        for (value, number) in zip(values, action.arrayValue ?? []) {
          #expect(abs(value - (number.numberValue ?? .nan)) < 1e-5)
        }
      }
    }
    expectDone(zoo("export \(run) --to safetensors", in: .standard))
  }

  @Test func eventsAreThoseOfTheReport() throws {
    let run = smallRun("maml", "grid-world", small)
    let ended = expectDone(zoo("export \(run) --to tensorboard", in: .standard))
    let path = run + "/exports/events.out.tfevents.0.zoo"
    #expect(ended.output == path + "\n")
    expectDone(zoo("report \(run) --tensorboard --out \(run)/report", in: .standard))
    let files = FileManager.default.enumerator(atPath: run + "/report")?.compactMap { $0 as? String } ?? []
    let events = try #require(files.first { $0.hasSuffix("events.out.tfevents.0.zoo") })
    #expect(try contents(path) == contents("\(run)/report/\(events)"))
  }

  @Test func rowsThatAreNotJSONAreNamedByFileAndLine() throws {
    let run = smallRun("thompson", "bernoulli-bandit-5x10")
    let text = try read(run + "/episodes.jsonl")
    let lines = text.split(separator: "\n")
    for spoiled in ["{\"learner\":", "[1]", "nonsense"] {
      try save(lines[0] + "\n" + spoiled + "\n" + lines[1] + "\n", to: run + "/episodes.jsonl")
      expectError(zoo("export \(run) --to csv", in: .standard), "/episodes.jsonl\" line 2: ")
    }
  }
}
