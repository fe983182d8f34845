// swift-tools-version: 6.1

import PackageDescription

let package = Package(
  name: "MetaRLZoo",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "CKernels", targets: ["CKernels"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "MetaRL", targets: ["MetaRL"]),
    .library(name: "Environments", targets: ["Environments"]),
    .library(name: "Locomotion", targets: ["Locomotion"]),
    .library(name: "ZooChecks", targets: ["ZooChecks"]),
  ],
  traits: [
    .trait(name: "MuJoCo", description: "Locomotion families, which need MuJoCo's header and library.")
  ],
  targets: [
    .target(name: "CKernels"),
    .target(name: "Tensors", dependencies: ["CKernels"]),
    .target(name: "MetaRL", dependencies: ["Tensors"]),
    .target(name: "Environments", dependencies: ["MetaRL"]),
    // Without the trait it is empty, and with it, it is compiled against the header that is installed.
    .target(
      name: "CMuJoCo",
      cSettings: [.define("METARLZOO_MUJOCO", .when(traits: ["MuJoCo"]))],
      linkerSettings: [.linkedLibrary("mujoco", .when(traits: ["MuJoCo"]))]),
    .target(
      name: "Locomotion",
      dependencies: ["Environments", "MetaRL", "Tensors", .target(name: "CMuJoCo", condition: .when(traits: ["MuJoCo"]))]),
    .target(name: "ZooChecks", dependencies: ["MetaRL", "Tensors"]),
    // Not "zoo": some file systems take it for "Zoo".
    .testTarget(name: "LocomotionTests", dependencies: ["Locomotion", "ZooChecks"]),
  ],
  swiftLanguageModes: [.v6]
)
