import Tensors

/// A digest of how a family behaves: the same while its tasks and its environment stay the same to the last bit.
///
/// Four test tasks are played for ten episodes each, unless the family says otherwise, by actions that are uniform in ±1.5 (so that some are
/// clipped) or among the choices. The digest is the 64-bit FNV-1a of all observations, rewards and terminations, in
/// hexadecimal. It uses no function whose last bit differs between machines; a family that does has a digest for
/// each.
///
/// - Throws: `RolloutError`.
public func trajectoryHash(of family: some TaskFamily) throws -> String {
  let extent = family.card.hashedTrajectory
  let spec = family.spec.with(horizon: min(family.spec.horizon, extent.stepsPerEpisode))
  var digest = Digest()
  for index in 0..<extent.tasks {
    var environment = family.makeEnvironment(for: [TaskID(.test, index)])
    var agent = UniformActions(space: spec.actionSpace)
    let lifetime = LaneRandom([RandomStream(seed: 0).split("trajectory hash", index)])
    let played = try rollout(
      &agent, in: &environment, episodes: 0..<extent.episodes, spec: spec, lifetime: lifetime)
    for episode in played.joined() {
      digest.include(episode.observations)
      digest.include(episode.denseRewards)
      digest.include(episode.sparseRewards)
      digest.include(episode.terminated ? 1 : 0)
    }
  }
  return digest.hexadecimal
}

private struct UniformActions: Agent {
  let space: ActionSpace

  mutating func act(on observations: Tensor, using random: inout LaneRandom) -> Actions {
    switch space {
    case .continuous(let size):
      var values: [Float] = []
      for lane in 0..<random.count {
        for _ in 0..<size { values.append(Float(random[lane].uniform(-1.5, 1.5))) }
      }
      return .continuous(Tensor(values, shape: [random.count, size]))
    case .discrete(let count):
      return .discrete((0..<random.count).map { random[$0].integer(below: count) })
    }
  }
}

/// 64-bit FNV-1a (Fowler, Noll & Vo), the bytes of a word from the lowest.
private struct Digest {
  private var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func include(_ word: UInt32) {
    for shift in stride(from: 0, to: 32, by: 8) {
      value = (value ^ UInt64(word >> UInt32(shift) & 0xFF)) &* 0x0000_0100_0000_01B3
    }
  }

  mutating func include(_ numbers: [Float]) {
    for number in numbers { include(number.bitPattern) }
  }

  var hexadecimal: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
