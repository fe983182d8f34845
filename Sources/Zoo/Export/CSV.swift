/// Tables of comma-separated values (RFC 4180), with line breaks that every tool reads.
enum CSV {
  /// A table of rows of JSON: a column a key, in the order in which keys first come.
  ///
  /// The members of an object become separate columns, `metrics.loss` for instance. A missing value is empty.
  ///
  /// - Parameters:
  ///   - parts: read the rows, part by part and twice, so that no more than one part has to be held as values.
  ///   - first: the first columns, which are there even if there are no rows.
  /// - Returns: the text.
  /// - Throws: what reading throws.
  static func table(_ parts: [() throws -> [JSONValue]], columns first: [String]) throws -> String {
    var columns = first
    var places = Dictionary(uniqueKeysWithValues: first.enumerated().map { ($1, $0) })
    for part in parts {
      for row in try part() {
        for (key, _) in flattened(row) where places[key] == nil {
          places[key] = columns.count
          columns.append(key)
        }
      }
    }
    var text = CSVText.row(columns)
    for part in parts {
      for row in try part() {
        var cells = [String](repeating: "", count: columns.count)
        // A file may have been added to between the two readings.
        for (key, value) in flattened(row) { if let place = places[key] { cells[place] = cell(value) } }
        text += CSVText.row(cells)
      }
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
