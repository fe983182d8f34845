/// The sine of an angle in radians, with the same bits on every system; the C library's may differ in the last.
///
/// The angle is brought to ±π/2, where the series ends below the last bit. Far from 0 the angle itself is no longer exact.
public func sine(_ angle: Double) -> Double {
  let halfTurns = (angle / Double.pi).rounded()
  let rest = angle - halfTurns * Double.pi
  var (term, sum) = (rest, rest)
  for factor in stride(from: 2.0, through: 22, by: 2) {
    term *= -rest * rest / (factor * (factor + 1))
    sum += term
  }
  return halfTurns.truncatingRemainder(dividingBy: 2) == 0 ? sum : -sum
}
