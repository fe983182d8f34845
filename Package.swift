// swift-tools-version: 6.1

import PackageDescription

let package = Package(
  name: "MetaRLZoo",
  platforms: [.macOS(.v15)],
  products: [
    // For packages of learners and families: everything below that they need, in one import.
    .library(name: "MetaRLZoo", targets: ["MetaRLZoo"]),
    .library(name: "CKernels", targets: ["CKernels"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "Networks", targets: ["Networks"]),
    .library(name: "MetaRL", targets: ["MetaRL"]),
    .library(name: "Environments", targets: ["Environments"]),
    .library(name: "Learners", targets: ["Learners"]),
    .library(name: "GymnasiumBridge", targets: ["GymnasiumBridge"]),
    .library(name: "CMuJoCo", targets: ["CMuJoCo"]),
    .library(name: "Locomotion", targets: ["Locomotion"]),
    .library(name: "ZooChecks", targets: ["ZooChecks"]),
    .library(name: "Zoo", targets: ["Zoo"]),
    .library(name: "ZooFiles", targets: ["ZooFiles"]),
    .library(name: "ZooResults", targets: ["ZooResults"]),
    .library(name: "StandardZoo", targets: ["StandardZoo"]),
    .executable(name: "zoo", targets: ["ZooCommand"]),
    .plugin(name: "RecordCommit", targets: ["RecordCommit"]),
  ],
  traits: [
    .trait(name: "MuJoCo", description: "Locomotion families, which need MuJoCo's header and library.")
  ],
  targets: [
    .target(name: "CKernels"),
    .target(name: "Tensors", dependencies: ["CKernels"]),
    .target(name: "Networks", dependencies: ["Tensors"]),
    .target(name: "MetaRL", dependencies: ["Tensors"]),
    .target(name: "Environments", dependencies: ["MetaRL"]),
    .target(name: "Learners", dependencies: ["MetaRL", "Networks"]),
    // Python is needed when a family is opened, not to build: the script is part of the program.
    .target(
      name: "GymnasiumBridge", dependencies: ["MetaRL", "Tensors"], resources: [.embedInCode("worker.py")]),
    // Without the trait it is empty, and with it, it is compiled against the header that is installed.
    .target(
      name: "CMuJoCo",
      cSettings: [.define("METARLZOO_MUJOCO", .when(traits: ["MuJoCo"]))],
      linkerSettings: [.linkedLibrary("mujoco", .when(traits: ["MuJoCo"]))]),
    .target(
      name: "Locomotion",
      dependencies: [
        "Environments", "MetaRL", "Tensors", .target(name: "CMuJoCo", condition: .when(traits: ["MuJoCo"])),
      ]),
    .target(name: "ZooChecks", dependencies: ["MetaRL", "Tensors"]),
    .target(name: "BuildRecord", plugins: ["RecordCommit"]),
    .plugin(name: "RecordCommit", capability: .buildTool()),
    // Zoo is four rooms: files and text; results, read without a catalog; drawing, which knows neither; and the rest.
    .target(name: "ZooFiles", dependencies: ["Tensors"]),
    .target(name: "ZooResults", dependencies: ["MetaRL", "Tensors", "ZooFiles"]),
    .target(name: "ZooDrawing", dependencies: ["MetaRL", "ZooFiles"]),
    // The packages that zoo new writes are those in Documentation/Examples, with other names.
    .target(
      name: "Zoo",
      dependencies: ["BuildRecord", "MetaRL", "Tensors", "ZooChecks", "ZooDrawing", "ZooFiles", "ZooResults"],
      resources: [
        .embedInCode("Plugins/Examples/Learner.swift"), .embedInCode("Plugins/Examples/LearnerMain.swift"),
        .embedInCode("Plugins/Examples/LearnerTests.swift"), .embedInCode("Plugins/Examples/Family.swift"),
        .embedInCode("Plugins/Examples/FamilyMain.swift"), .embedInCode("Plugins/Examples/FamilyTests.swift"),
      ]),
    .target(
      name: "StandardZoo", dependencies: ["Zoo", "Environments", "GymnasiumBridge", "Learners", "Locomotion"],
      resources: [
        .embedInCode("Suites/smoke.json5"), .embedInCode("Suites/laptop.json5"), .embedInCode("Suites/full.json5"),
      ]),
    .target(
      name: "MetaRLZoo",
      dependencies: [
        "Environments", "Learners", "MetaRL", "Networks", "StandardZoo", "Tensors", "Zoo", "ZooChecks",
      ]),
    // Not "zoo": some file systems take it for "Zoo".
    .executableTarget(name: "ZooCommand", dependencies: ["StandardZoo"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CKernels"]),
    .testTarget(name: "NetworksTests", dependencies: ["Networks"]),
    .testTarget(name: "MetaRLTests", dependencies: ["MetaRL", "Environments", "Learners"]),
    .testTarget(name: "EnvironmentsTests", dependencies: ["Environments", "Learners"]),
    .testTarget(
      name: "GymnasiumBridgeTests", dependencies: ["GymnasiumBridge", "StandardZoo", "ZooChecks"],
      exclude: ["fake_worker.py"]),
    .testTarget(name: "LocomotionTests", dependencies: ["Locomotion", "ZooChecks"]),
    .testTarget(name: "LearnersTests", dependencies: ["Learners", "Environments"]),
    .testTarget(name: "ZooTests", dependencies: ["MetaRLZoo"]),
    .testTarget(name: "ZooChecksTests", dependencies: ["ZooChecks", "StandardZoo"]),
  ],
  swiftLanguageModes: [.v6]
)

// One test target does not have to wait until all others are compiled.
if let name = Context.environment["METARLZOO_TEST_TARGET"] {
  package.targets.removeAll { $0.type == .test && $0.name != name }
}
