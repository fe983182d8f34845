/// Pieces of a page, put together from text that is escaped here.
package struct HTMLText: Sendable {
  package var markup: String

  package init(_ text: String) { markup = MarkupText.escaped(text) }

  package init(markup: String) { self.markup = markup }

  /// An element around others.
  package static func element(
    _ name: String, _ attributes: [(String, String)] = [], of content: [HTMLText]
  ) -> HTMLText {
    let written = attributes.map { " \($0.0)=\"\(MarkupText.escaped($0.1))\"" }.joined()
    return HTMLText(markup: "<\(name)\(written)>" + content.map(\.markup).joined() + "</\(name)>\n")
  }

  package static func element(_ name: String, _ attributes: [(String, String)] = [], text: String) -> HTMLText {
    element(name, attributes, of: [HTMLText(text)])
  }

  package static func paragraph(_ text: String) -> HTMLText { element("p", text: text) }

  /// A list of texts; nothing if there are none.
  package static func list(_ items: [String]) -> HTMLText {
    items.isEmpty ? HTMLText(markup: "") : element("ul", of: items.map { element("li", text: $0) })
  }

  /// A table that scrolls by itself where the page is narrow; the first column names the rows.
  package static func table(header: [String], rows: [[HTMLText]]) -> HTMLText {
    let head = element("thead", of: [element("tr", of: header.map { element("th", [("scope", "col")], text: $0) })])
    let body = element(
      "tbody",
      of: rows.map { cells in
        element(
          "tr",
          of: cells.enumerated().map { number, cell in
            number == 0 ? element("th", [("scope", "row")], of: [cell]) : element("td", of: [cell])
          })
      })
    return element("div", [("class", "scroll")], of: [element("table", of: [head, body])])
  }

  package static func table(_ table: TextTable) -> HTMLText {
    self.table(header: table.header, rows: table.rows.map { $0.map(cell) })
  }

  /// Text in which an interval stands below its number.
  private static func cell(_ text: String) -> HTMLText {
    let parts = text.split(separator: " [", maxSplits: 1)
    guard parts.count == 2, text.hasSuffix("]"), parts[0].allSatisfy({ $0.isNumber || "-.–e+".contains($0) }) else {
      return HTMLText(text)
    }
    return HTMLText(
      markup: "\(MarkupText.escaped(String(parts[0])))<small>[\(MarkupText.escaped(String(parts[1])))</small>")
  }

  /// Something that is opened by a click.
  package static func details(_ summary: String, _ content: [HTMLText]) -> HTMLText {
    element("details", of: [element("summary", text: summary)] + content)
  }
}

extension HTMLText {
  /// The style of the page, on screens of any width and on paper.
  package static let style = """
    :root { color-scheme: light; }
    * { box-sizing: border-box; }
    body { margin: 0; background: #F4F5F6; color: #16191C; font: 16px/1.5 "Helvetica Neue", Arial, "DejaVu Sans",
      sans-serif; }
    main, header, footer { max-width: 1240px; margin: 0 auto; padding: 0 20px; }
    header { padding-top: 28px; }
    h1 { font-size: 30px; line-height: 1.2; margin: 0 0 8px; }
    h2 { font-size: 23px; margin: 44px 0 10px; padding-top: 10px; border-top: 2px solid #16191C; }
    h3 { font-size: 17px; margin: 26px 0 8px; }
    p, li { max-width: 78ch; margin: 6px 0; overflow-wrap: anywhere; }
    a { color: #00528A; }
    nav { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 14px 0 0; font-size: 15px; }
    .quiet { color: #4A5157; font-size: 14px; }
    .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(340px, 100%), 1fr)); gap: 16px; }
    .card { background: #FFFFFF; border: 1px solid #D5D9DC; border-radius: 8px; padding: 16px 18px; }
    .card h3 { margin: 0; font-size: 15px; color: #4A5157; font-weight: normal; overflow-wrap: anywhere; }
    .card .winner { font-size: 25px; line-height: 1.25; font-weight: bold; margin: 2px 0 6px; }
    .card dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 14px; margin: 8px 0; font-size: 14px; }
    .card dt { color: #4A5157; }
    .card dd { margin: 0; font-variant-numeric: tabular-nums; }
    .caution { border-left: 4px solid #D55E00; background: #FFF4EC; padding: 8px 14px; margin: 12px 0;
      max-width: 90ch; }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(578px, 100%), 1fr)); gap: 16px;
      margin: 12px 0; }
    figure { margin: 0; background: #FFFFFF; border: 1px solid #D5D9DC; border-radius: 8px; padding: 8px;
      min-width: 0; }
    figure .scroll { border: 0; margin: 0; }
    figure svg { display: block; max-width: 100%; min-width: 560px; height: auto; margin: 0 auto; }
    figcaption { font-size: 14px; color: #33393E; padding: 4px 8px; }
    .wide { grid-column: 1 / -1; }
    .scroll { overflow-x: auto; margin: 10px 0; }
    table { border-collapse: collapse; background: #FFFFFF; font-size: 13.5px; font-variant-numeric: tabular-nums; }
    th, td { padding: 5px 6px; text-align: left; border-bottom: 1px solid #E2E5E8; white-space: nowrap; }
    td small { display: block; color: #4A5157; font-size: 12px; }
    thead th { border-bottom: 2px solid #16191C; vertical-align: bottom; white-space: normal; min-width: 5ch; }
    tbody th { font-weight: 600; max-width: 34ch; overflow: hidden; text-overflow: ellipsis; }
    ul.settings { columns: 3 24em; padding-left: 18px; font-size: 14px; }
    ul.settings li { break-inside: avoid; margin: 2px 0; }
    details { margin: 8px 0; }
    summary { cursor: pointer; padding: 4px 0; }
    pre { background: #FFFFFF; border: 1px solid #D5D9DC; border-radius: 6px; padding: 10px 14px; overflow-x: auto;
      font: 14px/1.45 "DejaVu Sans Mono", Menlo, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
    footer { padding-top: 30px; padding-bottom: 40px; }
    @media print {
      @page { margin: 14mm; }
      body { background: #FFFFFF; font-size: 11pt; }
      main, header, footer { max-width: none; padding: 0; }
      nav { display: none; }
      .figures { display: block; }
      figure { max-width: 115mm; margin: 0 auto 5mm; border: 0; padding: 0; }
      figure.wide { max-width: none; }
      figure svg { min-width: 0; width: 100%; }
      figcaption a { display: none; }
      ul.settings { columns: 3; font-size: 8pt; }
      figure, .card, tr { break-inside: avoid; }
      h2, h3 { break-after: avoid; }
      .scroll { overflow: visible; }
      table { font-size: 8pt; }
      td small { font-size: 7pt; white-space: nowrap; }
      th, td { padding: 3px 4px; white-space: normal; }
      details::details-content { content-visibility: visible; }
    }
    """
}
