package enum NumberText {
  /// Three digits after the point for small numbers, fewer for large ones.
  package static func short(_ number: Double) -> String {
    guard number.isFinite else { return "–" }
    let size = abs(number)
    if size >= 1e9 { return "\(number)" }
    let decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3
    return fixed(number, decimals: decimals)
  }

  /// As it would be typed: whole numbers without a point.
  package static func plain(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e6 ? String(Int(number)) : "\(number)"
  }

  /// A number with the given number of decimals; "−0" is 0.
  package static func fixed(_ number: Double, decimals: Int) -> String {
    let power = (0..<decimals).reduce(1.0) { power, _ in power * 10 }
    guard number.isFinite, abs(number) * power < 1e15 else { return "\(number)" }
    let scaled = Int((abs(number) * power).rounded())
    let sign = number < 0 && scaled != 0 ? "-" : ""
    let (whole, rest) = scaled.quotientAndRemainder(dividingBy: Int(power))
    guard decimals > 0 else { return sign + String(whole) }
    let digits = String(rest)
    return sign + String(whole) + "." + String(repeating: "0", count: decimals - digits.count) + digits
  }

  /// "950", "12.0 k", "1.50 M".
  package static func count(_ number: Double) -> String {
    guard number.isFinite else { return "–" }
    if number >= 1e9 { return fixed(number / 1e9, decimals: 2) + " G" }
    if number >= 1e6 { return fixed(number / 1e6, decimals: 2) + " M" }
    if number >= 1e4 { return fixed(number / 1e3, decimals: 1) + " k" }
    return fixed(number, decimals: 0)
  }

  /// "1 run", "3 runs".
  package static func quantity(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  /// "0.4 s", "42 s", "3 min 05 s", "2 h 10 min".
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "unknown" }
    if seconds < 10 { return fixed(seconds, decimals: 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    if whole < 3600 { return "\(whole / 60) min \(two(whole % 60)) s" }
    return "\(whole / 3600) h \(two(whole % 3600 / 60)) min"
  }
}
