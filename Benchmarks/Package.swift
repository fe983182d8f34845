// swift-tools-version: 6.1

import PackageDescription

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  traits: [.trait(name: "MuJoCo", description: "What is timed of robots, which need MuJoCo.")],
  dependencies: [
    .package(
      name: "MetaRLZoo", path: "..", traits: [.trait(name: "MuJoCo", condition: .when(traits: ["MuJoCo"]))])
  ],
  targets: [
    .target(name: "HeapCounts"),
    .executableTarget(
      name: "counts",
      dependencies: [
        "HeapCounts", "Measuring", .product(name: "CKernels", package: "MetaRLZoo"),
        .product(name: "Learners", package: "MetaRLZoo"), .product(name: "Environments", package: "MetaRLZoo"),
      ]),
    .target(name: "Measuring", dependencies: [.product(name: "CKernels", package: "MetaRLZoo")]),
    .executableTarget(
      name: "kernels", dependencies: ["Measuring", .product(name: "CKernels", package: "MetaRLZoo")]),
    .executableTarget(
      name: "rollout",
      dependencies: [
        "Measuring", .product(name: "Learners", package: "MetaRLZoo"),
        .product(name: "Environments", package: "MetaRLZoo"), .product(name: "Networks", package: "MetaRLZoo"),
      ]),
    .executableTarget(
      name: "locomotion",
      dependencies: [
        "Measuring", .product(name: "Locomotion", package: "MetaRLZoo"),
        .product(name: "CMuJoCo", package: "MetaRLZoo", condition: .when(traits: ["MuJoCo"])),
      ],
      cSettings: [.define("METARLZOO_MUJOCO", .when(traits: ["MuJoCo"]))]),
    .executableTarget(
      name: "maml-iteration",
      dependencies: [
        "Measuring", .product(name: "Learners", package: "MetaRLZoo"),
        .product(name: "Environments", package: "MetaRLZoo"), .product(name: "Networks", package: "MetaRLZoo"),
      ]),
    .executableTarget(
      name: "rl2-iteration",
      dependencies: [
        "Measuring", .product(name: "Learners", package: "MetaRLZoo"),
        .product(name: "Environments", package: "MetaRLZoo"),
      ]),
    .executableTarget(
      name: "memories",
      dependencies: [
        "Measuring", .product(name: "Learners", package: "MetaRLZoo"),
        .product(name: "Environments", package: "MetaRLZoo"),
      ]),
    .executableTarget(
      name: "scaling",
      dependencies: [
        "Measuring", .product(name: "Learners", package: "MetaRLZoo"),
        .product(name: "Environments", package: "MetaRLZoo"),
      ]),
    .executableTarget(
      name: "pearl-step",
      dependencies: [
        "Measuring", .product(name: "Learners", package: "MetaRLZoo"),
        .product(name: "Environments", package: "MetaRLZoo"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
