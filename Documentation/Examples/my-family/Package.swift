// swift-tools-version: 6.1

import PackageDescription

let zoo: Target.Dependency = .product(name: "MetaRLZoo", package: "MetaRLZoo")

let package = Package(
  name: "MineLine",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "mine-line-zoo", targets: ["MineLineCommand"])],
  dependencies: [.package(name: "MetaRLZoo", path: "../../..")],
  targets: [
    .target(name: "MineLineFamily", dependencies: [zoo]),
    .executableTarget(
      name: "MineLineCommand", dependencies: [zoo, "MineLineFamily"],
      plugins: [.plugin(name: "RecordCommit", package: "MetaRLZoo")]),
    .testTarget(name: "MineLineTests", dependencies: [zoo, "MineLineFamily"]),
  ],
  swiftLanguageModes: [.v6]
)
