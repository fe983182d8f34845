// swift-tools-version: 6.1

import PackageDescription

let zoo: Target.Dependency = .product(name: "MetaRLZoo", package: "MetaRLZoo")

let package = Package(
  name: "Mine",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "mine-zoo", targets: ["MineCommand"])],
  dependencies: [.package(name: "MetaRLZoo", path: "../../..")],
  targets: [
    .target(name: "MineLearner", dependencies: [zoo]),
    .executableTarget(
      name: "MineCommand", dependencies: [zoo, "MineLearner"],
      plugins: [.plugin(name: "RecordCommit", package: "MetaRLZoo")]),
    .testTarget(name: "MineTests", dependencies: [zoo, "MineLearner"]),
  ],
  swiftLanguageModes: [.v6]
)
