// swift-tools-version: 6.1

import PackageDescription

let zoo: Target.Dependency = .product(name: "MetaRLZoo", package: "MetaRLZoo")

let package = Package(
  name: "SecondOrder",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "second-order-zoo", targets: ["SecondOrderCommand"])],
  dependencies: [.package(name: "MetaRLZoo", path: "../../..")],
  targets: [
    .target(name: "SecondOrderLearner", dependencies: [zoo]),
    .executableTarget(
      name: "SecondOrderCommand", dependencies: [zoo, "SecondOrderLearner"],
      plugins: [.plugin(name: "RecordCommit", package: "MetaRLZoo")]),
    .testTarget(name: "SecondOrderTests", dependencies: [zoo, "SecondOrderLearner"]),
  ],
  swiftLanguageModes: [.v6]
)
