import CKernels

/// A stream of random numbers that is a pure function of its seed, its name and the position in it.
///
/// Streams are counter-based (Philox 4x32-10; Salmon et al., 2011) and split by name, so that what one part
/// of a program draws never shifts what another part draws, whatever the order or the threads they run in.
public struct RandomStream: Sendable, Codable, Hashable {
  package var key: UInt64
  package var counter: UInt64

  /// The root of all streams of one seed.
  public init(seed: UInt64) {
    self.init(key: mixed(seed &+ 0x9E37_79B9_7F4A_7C15))
  }

  package init(key: UInt64, counter: UInt64 = 0) {
    self.key = key
    self.counter = counter
  }

  /// The stream of a name and a number below this one; it does not depend on what was drawn from this one.
  public func split(_ name: String, _ index: Int = 0) -> RandomStream {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    let named = mixed(key ^ mixed(hash))
    return RandomStream(key: mixed(named &+ UInt64(bitPattern: Int64(index)) &* 0x9E37_79B9_7F4A_7C15))
  }

  /// The next block of 128 random bits.
  private mutating func block() -> (UInt32, UInt32, UInt32, UInt32) {
    let words = withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4) { words in
      ck_philox(key, counter, words.baseAddress)
      return (words[0], words[1], words[2], words[3])
    }
    counter &+= 1
    return words
  }

  /// The next 64 random bits of the stream.
  public mutating func bits() -> UInt64 {
    let words = block()
    return UInt64(words.0) | UInt64(words.1) << 32
  }

  /// A uniform number in [0, 1), a multiple of 2⁻⁵³.
  public mutating func uniform() -> Double {
    Double(bits() >> 11) * 0x1p-53
  }

  /// A uniform number in [lower, upper).
  public mutating func uniform(_ lower: Double, _ upper: Double) -> Double {
    lower + (upper - lower) * uniform()
  }

  /// A uniform integer from 0 to one below the bound.
  ///
  /// - Precondition: `bound` is positive.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "integer(below:) needs a positive bound")
    return Int(bits().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// The numbers 0..<count in an order drawn uniformly (Fisher & Yates; Durstenfeld, 1964).
  public mutating func permutation(of count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in (1..<max(count, 1)).reversed() { order.swapAt(last, integer(below: last + 1)) }
    return order
  }

  /// A standard normal number, the same as that of `normals(1)`, without an array.
  public mutating func normal() -> Float {
    var number: Float = 0
    ck_normals_f(1, 1, &key, &counter, &number)
    counter &+= 1
    return number
  }

  /// The next `count` standard normal numbers of the stream.
  public mutating func normals(_ count: Int) -> [Float] {
    var lanes = LaneRandom([self])
    let numbers = lanes.normals(perLane: count)
    self = lanes[0]
    return numbers
  }
}

/// The finaliser of SplitMix64 (Steele, Lea & Flood, 2014): every bit of the input moves every bit of the output.
private func mixed(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

/// One random stream for each lane, so that a lane's numbers do not depend on other lanes.
public struct LaneRandom: Sendable, Codable {
  private var keys: [UInt64]
  private var counters: [UInt64]

  /// Makes lanes of the given streams.
  public init(_ streams: [RandomStream]) {
    keys = streams.map(\.key)
    counters = streams.map(\.counter)
  }

  private init(keys: [UInt64], counters: [UInt64]) {
    self.keys = keys
    self.counters = counters
  }

  /// The number of lanes, each with its own stream.
  public var count: Int { keys.count }

  /// The stream of one lane, as far as it was drawn from.
  public subscript(lane: Int) -> RandomStream {
    get { RandomStream(key: keys[lane], counter: counters[lane]) }
    set {
      keys[lane] = newValue.key
      counters[lane] = newValue.counter
    }
  }

  /// The streams of a name and a number below those of every lane.
  public func split(_ name: String, _ index: Int = 0) -> LaneRandom {
    LaneRandom((0..<count).map { self[$0].split(name, index) })
  }

  /// The streams of some of the lanes.
  public subscript(lanes: ClosedRange<Int>) -> LaneRandom {
    LaneRandom(keys: Array(keys[lanes]), counters: Array(counters[lanes]))
  }

  /// Standard normal numbers, `[lane, count]` row by row.
  public mutating func normals(perLane count: Int) -> [Float] {
    draw(perLane: count, with: ck_normals_f)
  }

  /// Uniform numbers in [0, 1), `[lane, count]` row by row.
  public mutating func uniforms(perLane count: Int) -> [Float] {
    draw(perLane: count, with: ck_uniforms_f)
  }

  private mutating func draw(
    perLane count: Int,
    with fill: (Int, Int, UnsafePointer<UInt64>?, UnsafePointer<UInt64>?, UnsafeMutablePointer<Float>?) -> Void
  ) -> [Float] {
    let lanes = self.count
    let numbers = [Float](unsafeUninitializedCapacity: lanes * count) { buffer, initialized in
      fill(lanes, count, keys, counters, buffer.baseAddress)
      initialized = lanes * count
    }
    let blocks = UInt64((count + 3) / 4)
    for lane in counters.indices { counters[lane] &+= blocks }
    return numbers
  }
}
