import CKernels
import Foundation
import Testing

/// Random words against the published generator, and numbers against the words.
@Suite struct RandomNumberKernelTests {
  @Test func philoxEqualsThePublishedVectors() {
    let ones = UInt32.max
    #expect(referencePhilox([0, 0, 0, 0], [0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    #expect(
      referencePhilox([ones, ones, ones, ones], [ones, ones]) == [
        0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd,
      ])
    for (key, counter) in [
      (0, 0), (1, 2), (UInt64.max, UInt64.max), (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210),
    ] {
      let expected = referencePhilox(
        [UInt32(truncatingIfNeeded: counter), UInt32(counter >> 32), 0, 0],
        [UInt32(truncatingIfNeeded: key), UInt32(key >> 32)])
      #expect(philox(key, counter) == expected)
    }
  }

  @Test func normalsEqualBoxMullerInDouble() {
    let (streams, count) = (50, 1001)
    let ours = normals(streams: streams, count: count)
    var worst = 0.0
    for stream in 0..<streams {
      for block in 0..<(count + 3) / 4 {
        let words = philox(key(stream), counter(stream) &+ UInt64(block))
        for pair in 0..<2 {
          let u = (Double(words[2 * pair] >> 8) + 0.5) * 0x1p-24
          let angle = 2 * Double.pi * Double(words[2 * pair + 1] >> 8) * 0x1p-24
          let radius = (-2 * log(u)).squareRoot()
          for (offset, expected) in [(0, radius * cos(angle)), (1, radius * sin(angle))] {
            let index = 4 * block + 2 * pair + offset
            if index < count { worst = max(worst, abs(Double(ours[stream * count + index]) - expected)) }
          }
        }
      }
    }
    #expect(worst < 1e-5)
  }

  @Test func normalsHaveTheMomentsOfTheNormalDistribution() {
    let x = normals(streams: 1, count: 4_000_000).map(Double.init)
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    let fourth = x.reduce(0) { $0 + pow($1 - mean, 4) } / Double(x.count)
    // Five standard errors each.
    #expect(abs(mean) < 5 / Double(x.count).squareRoot())
    #expect(abs(variance - 1) < 5 * (2 / Double(x.count)).squareRoot())
    #expect(abs(fourth / (variance * variance) - 3) < 5 * (24 / Double(x.count)).squareRoot())
  }

  @Test func uniformsAreTheUpperBitsOfTheWords() {
    let ours = uniforms(streams: 3, count: 10)
    for stream in 0..<3 {
      for i in 0..<10 {
        let word = philox(key(stream), counter(stream) &+ UInt64(i / 4))[i % 4]
        #expect(ours[stream * 10 + i] == Float(word >> 8) * 0x1p-24)
      }
    }
  }

  private func referencePhilox(_ counter: [UInt32], _ key: [UInt32]) -> [UInt32] {
    var (counter, key) = (counter, key)
    for _ in 0..<10 {
      let first = counter[0].multipliedFullWidth(by: 0xD251_1F53)
      let second = counter[2].multipliedFullWidth(by: 0xCD9E_8D57)
      counter = [second.high ^ counter[1] ^ key[0], second.low, first.high ^ counter[3] ^ key[1], first.low]
      key = [key[0] &+ 0x9E37_79B9, key[1] &+ 0xBB67_AE85]
    }
    return counter
  }
}

private func philox(_ key: UInt64, _ counter: UInt64) -> [UInt32] {
  var words = [UInt32](repeating: 0, count: 4)
  ck_philox(key, counter, &words)
  return words
}

private func key(_ stream: Int) -> UInt64 { 0x9e37_79b9_7f4a_7c15 &* UInt64(stream + 1) }

/// The last streams' low words overflow into the high word.
private func counter(_ stream: Int) -> UInt64 { 0xffff_fff0 + UInt64(stream) }

/// Normal numbers of some streams, `[stream, count]`.
func normals(streams: Int, count: Int) -> [Float] {
  var out = [Float](repeating: .nan, count: streams * count)
  ck_normals_f(streams, count, (0..<streams).map(key), (0..<streams).map(counter), &out)
  return out
}

/// Uniform numbers of some streams, `[stream, count]`.
func uniforms(streams: Int, count: Int) -> [Float] {
  var out = [Float](repeating: .nan, count: streams * count)
  ck_uniforms_f(streams, count, (0..<streams).map(key), (0..<streams).map(counter), &out)
  return out
}
