// swift-tools-version: 6.1

import PackageDescription

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "MetaRLZoo", path: "..")],
  targets: [
    .executableTarget(
      name: "maml-iteration",
      dependencies: [
        .product(name: "Learners", package: "MetaRLZoo"), .product(name: "Environments", package: "MetaRLZoo"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
