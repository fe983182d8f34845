// swift-tools-version: 6.1

import PackageDescription

let package = Package(
  name: "MyZoo",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "MetaRLZoo", path: "../..")],
  targets: [
    .executableTarget(
      name: "my-zoo",
      dependencies: [
        .product(name: "StandardZoo", package: "MetaRLZoo"), .product(name: "Zoo", package: "MetaRLZoo"),
        .product(name: "MetaRL", package: "MetaRLZoo"), .product(name: "Tensors", package: "MetaRLZoo"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
