/// A mean with its standard error.
struct Estimate {
  let mean: Double
  let standardError: Double

  init(_ values: [Double]) {
    let count = Double(max(values.count, 1))
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    standardError = (squares / max(count - 1, 1) / count).squareRoot()
  }
}
