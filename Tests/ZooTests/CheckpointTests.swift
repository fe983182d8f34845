import Foundation
import StandardZoo
import Tensors
import Testing
import Zoo

@Suite(.temporaryDirectory) struct CheckpointTests {
  private let directory = TemporaryDirectory.path

  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func theDigestIsThatOfTheStandard(text: String, digest: String) {
    #expect(SHA256.digest(of: text.utf8) == digest)
  }

  @Test("The digest of a million letters is that of the standard, however they come")
  func digestOfAMillionLetters() {
    var hash = SHA256()
    let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    var (start, length) = (0, 1)
    while start < letters.count {
      hash.update(letters[start..<min(letters.count, start + length)])
      start += length
      length = length * 3 % 1009 + 1
    }
    #expect(hash.finished() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func aSafetensorsFileIsReadBackBitForBit() throws {
    let tensors: [(name: String, tensor: Tensor)] = [
      ("layer.weights", Tensor([1, -0.0, .infinity, .leastNonzeroMagnitude, 1e-30, 3], shape: [2, 3])),
      ("scalar", Tensor(0.1, precision: .double)), ("nothing", Tensor([Float](), shape: [0, 4])),
    ]
    let data = SafetensorsFile(tensors: tensors, metadata: [("note", "ä \"quoted\"\n"), ("empty", "")]).data
    let back = try SafetensorsFile(parsing: data)
    #expect(back.tensors.map(\.name) == tensors.map(\.name))
    for (mine, other) in zip(tensors, back.tensors) {
      #expect(mine.tensor.shape == other.tensor.shape)
      #expect(mine.tensor.precision == other.tensor.precision)
      #expect(mine.tensor.doubles.map(\.bitPattern) == other.tensor.doubles.map(\.bitPattern))
    }
    #expect(back.metadata.map(\.text) == ["ä \"quoted\"\n", ""])
    #expect(back.data == data)
    // The length of the header, lowest byte first; numbers begin at a multiple of eight bytes.
    let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(length % 8 == 0)
    #expect(data.count == 8 + length + 6 * 4 + 8)
  }

  @Test func tensorsInACheckpointAreNamedForWhereTheyStand() throws {
    expectDone(
      zoo(
        "train --learner promp --family grid-world --steps 100 --set hiddenSizes=3 --set tasksPerBatch=2 "
          + "--set episodesPerInnerStep=2 --tasks 1 --episodes 2 --quiet --out \(directory)/r", in: .standard))
    let data = try contents(directory + "/r/checkpoint.safetensors")
    let names = try SafetensorsFile(parsing: data).tensors.map(\.name)
    #expect(names.contains("run.learner.state.theta.layer1.weights"), "\(names)")
    #expect(names.contains { $0.hasPrefix("run.learner.state.optimizer") })
    #expect(names == names.sorted())
  }
}
