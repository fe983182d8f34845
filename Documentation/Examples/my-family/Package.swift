// swift-tools-version: 6.1

import PackageDescription

let package = Package(
  name: "MineLine",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "mine-line-zoo", targets: ["MineLineCommand"])],
  dependencies: [.package(name: "MetaRLZoo", path: "../../..")],
  targets: [
    .target(
      name: "MineLineFamily",
      dependencies: [
        .product(name: "MetaRL", package: "MetaRLZoo"),
        .product(name: "Tensors", package: "MetaRLZoo"),
      ]),
    .executableTarget(
      name: "MineLineCommand",
      dependencies: [
        "MineLineFamily",
        .product(name: "StandardZoo", package: "MetaRLZoo"),
        .product(name: "Zoo", package: "MetaRLZoo"),
      ],
      plugins: [.plugin(name: "RecordCommit", package: "MetaRLZoo")]),
    .testTarget(
      name: "MineLineTests",
      dependencies: [
        "MineLineFamily",
        .product(name: "MetaRL", package: "MetaRLZoo"),
        .product(name: "ZooChecks", package: "MetaRLZoo"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
