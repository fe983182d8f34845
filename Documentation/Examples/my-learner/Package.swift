// swift-tools-version: 6.1

import PackageDescription

let package = Package(
  name: "Mine",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "mine-zoo", targets: ["MineCommand"])],
  dependencies: [.package(name: "MetaRLZoo", path: "../../..")],
  targets: [
    .target(
      name: "MineLearner",
      dependencies: [
        .product(name: "Learners", package: "MetaRLZoo"),
        .product(name: "MetaRL", package: "MetaRLZoo"),
        .product(name: "Networks", package: "MetaRLZoo"),
        .product(name: "Tensors", package: "MetaRLZoo"),
      ]),
    .executableTarget(
      name: "MineCommand",
      dependencies: [
        "MineLearner",
        .product(name: "StandardZoo", package: "MetaRLZoo"),
        .product(name: "Zoo", package: "MetaRLZoo"),
      ],
      plugins: [.plugin(name: "RecordCommit", package: "MetaRLZoo")]),
    .testTarget(
      name: "MineTests",
      dependencies: [
        "MineLearner",
        .product(name: "Environments", package: "MetaRLZoo"),
        .product(name: "MetaRL", package: "MetaRLZoo"),
        .product(name: "ZooChecks", package: "MetaRLZoo"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
