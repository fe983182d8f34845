/// Tables of comma-separated values (RFC 4180), with line breaks that every tool reads.
enum CSV {
  /// A table of rows of JSON: a column a key, in the order in which keys first come.
  ///
  /// What an object holds inside becomes columns of its own, `metrics.loss` for instance. A missing value is empty.
  static func table(_ rows: [JSONValue]) -> String {
    var (columns, places): ([String], [String: Int]) = ([], [:])
    let flat = rows.map { row in
      flattened(row).map { key, value in
        let place = places[key] ?? columns.count
        if place == columns.count {
          columns.append(key)
          places[key] = place
        }
        return (place, value)
      }
    }
    var text = CSVText.row(columns)
    for row in flat {
      var cells = [String](repeating: "", count: columns.count)
      for (place, value) in row { cells[place] = cell(value) }
      text += CSVText.row(cells)
    }
    return text
  }

  private static func flattened(_ row: JSONValue) -> [(String, JSONValue)] {
    (row.members ?? []).flatMap { member -> [(String, JSONValue)] in
      guard case .object = member.value else { return [(member.key, member.value)] }
      return flattened(member.value).map { ("\(member.key).\($0.0)", $0.1) }
    }
  }

  private static func cell(_ value: JSONValue) -> String {
    switch value {
    case .null: ""
    case .string(let text): text
    default: value.text
    }
  }
}
