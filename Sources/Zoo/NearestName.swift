/// The number of characters to insert, delete, replace or swap with their neighbour to turn one word into another.
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

/// The candidate that was most likely meant.
package func nearestName(to name: String, among candidates: [String]) -> String? {
  candidates.min { editDistance(name, $0) < editDistance(name, $1) }
}

/// The message for a name that nobody has: the nearest, and all there are.
package func unknownName(_ kind: String, _ name: String, among candidates: [String]) -> String {
  let nearest = nearestName(to: name, among: candidates).map { " Nearest: \($0)." } ?? ""
  return "unknown \(kind) \"\(name)\".\(nearest) There are: \(candidates.joined(separator: ", "))."
}
