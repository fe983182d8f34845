/// Numbers along an axis that people would have chosen.
package struct PlotScale: Sendable {
  package let range: ClosedRange<Double>
  package let ticks: [Double]
  private let decimals: Int

  /// An axis that holds all values, ends at round numbers, and has about `count` marks.
  ///
  /// Values that no picture can show, such as those that are not finite, are left out.
  package init(holding values: [Double], count: Int) {
    let values = values.filter { abs($0) < 1e100 }
    var (lowest, highest) = (values.min() ?? 0, values.max() ?? 1)
    if highest - lowest < 1e-9 * max(1, abs(highest)) {
      let margin = max(0.5, abs(highest) * 0.001)
      lowest -= margin
      highest += margin
    }
    let rough = (highest - lowest) / Double(max(1, count))
    var unit = 1.0
    var decimals = 0
    while unit * 10 <= rough { unit *= 10 }
    while unit > rough {
      unit /= 10
      decimals += 1
    }
    let step = [1.0, 2, 5, 10].map { $0 * unit }.first { $0 >= rough } ?? unit * 10
    let (first, last) = ((lowest / step).rounded(.down), (highest / step).rounded(.up))
    range = first * step...last * step
    ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
    self.decimals = step >= unit * 10 ? max(0, decimals - 1) : decimals
  }

  /// The numbers of episodes to mark on an axis that ends at the last of `episodes`: all of a few, round ones of many.
  static func episodeTicks(for episodes: [Int]) -> [Int] {
    guard episodes.count > 12, let last = episodes.last else { return episodes }
    return PlotScale(holding: [0, Double(last)], count: 8).ticks
      .filter { $0 >= 0 && $0 <= Double(last) && $0 == $0.rounded() }.map { Int($0) }
  }

  /// The label of a tick.
  ///
  /// Numbers with many zeros after the point are written as 1.5e-7.
  package func label(_ tick: Double) -> String {
    guard decimals > 5 else { return NumberText.fixed(tick, decimals: decimals) }
    if tick == 0 { return "0" }
    let largest = max(abs(range.lowerBound), abs(range.upperBound))
    var (unit, exponent) = (1.0, 0)
    while unit > largest {
      unit /= 10
      exponent += 1
    }
    guard exponent > 0 else { return NumberText.fixed(tick, decimals: decimals) }
    return NumberText.fixed(tick / unit, decimals: max(0, decimals - exponent)) + "e-\(exponent)"
  }

  /// The relative position of a value, from 0 to 1.
  package func place(_ value: Double) -> Double {
    min(max((value - range.lowerBound) / (range.upperBound - range.lowerBound), 0), 1)
  }
}
