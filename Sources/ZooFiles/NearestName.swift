/// The number of characters to insert, delete, replace or swap with their neighbor to turn one word into another.
package func editDistance(_ first: String, _ second: String) -> Int {
  let (a, b) = (Array(first.lowercased()), Array(second.lowercased()))
  var rows = [Array(0...b.count)]
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var distance = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { distance = min(distance, rows[i - 1][j - 1] + 1) }
      row.append(distance)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}

/// The candidate that was most likely meant; nil if more than half of the longer word would have to change.
package func nearestName(to name: String, among candidates: [String]) -> String? {
  let nearest = candidates.min { editDistance(name, $0) < editDistance(name, $1) }
  return nearest.flatMap { 2 * editDistance(name, $0) <= max(name.count, $0.count) ? $0 : nil }
}

/// The message for a name that nobody has: what was most likely meant, or else all there are.
package func unknownName(_ kind: String, _ name: String, among candidates: [String]) -> String {
  let help = nearestName(to: name, among: candidates).map { "Nearest: \($0)." }
  return "unknown \(kind) \"\(name)\". " + (help ?? "There are: \(candidates.joined(separator: ", ")).")
}

/// The message for a setting that there is not: what was most likely meant, and where all are listed.
package func unknownKey(_ key: String, among keys: [String], of learner: String? = nil, place: String? = nil)
  -> String
{
  let nearest = nearestName(to: key, among: keys).map { " Nearest: \($0)." } ?? ""
  return "\(place ?? "--set \(key)"): unknown key \"\(key)\".\(nearest) See: zoo describe \(learner ?? "LEARNER")"
}
