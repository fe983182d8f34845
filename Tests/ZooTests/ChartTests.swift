import Foundation
import Testing
import Zoo

@Suite struct ChartTests {
  private let two = [
    ChartSeries(
      name: "up", style: CurveStyle(0),
      points: [.init(x: 0, y: 0, interval: 0...1), .init(x: 10, y: 6, interval: 5...7)]),
    ChartSeries(
      name: "down", style: CurveStyle(0, isControl: true),
      points: [.init(x: 0, y: 4), .init(x: 5, y: 3), .init(x: 10, y: 2)]),
  ]

  private func chart(_ series: [ChartSeries], references: [ChartReference] = []) -> LineChart {
    LineChart(
      title: "T", subtitle: "s", horizontalLabel: "episodes", verticalLabel: "return", series: series,
      references: references)
  }

  /// The points of the lines of a picture, in the order they are drawn.
  private func lines(_ svg: String) -> [[[Double]]] {
    svg.components(separatedBy: "<polyline points=\"").dropFirst().map { part in
      part.prefix { $0 != "\"" }.split(separator: " ").map { $0.split(separator: ",").compactMap { Double($0) } }
    }
  }

  @Test func aCurvePassesThroughTheRightPixels() throws {
    let svg = chart(two).svg
    // The panel is 270 pixels high and begins at (74, 62), with 8 pixels kept free inside; heights are 0 to 8.
    let frame = try #require(svg.components(separatedBy: "<rect x=\"74.0\" y=\"62.0\" width=\"").last)
    let width = try #require(Double(frame.prefix { $0 != "\"" }))
    #expect(frame.dropFirst(frame.prefix { $0 != "\"" }.count).hasPrefix("\" height=\"270.0\" fill=\"none\""))
    let drawn = lines(svg)
    func y(_ value: Double) -> Double { 62 + 8 + (1 - value / 8) * 254 }
    let (start, middle, end) = (82.0, 74 + width / 2, 74 + width - 8)
    let wanted = [[[start, y(4)], [middle, y(3)], [end, y(2)]], [[start, y(0)], [end, y(6)]]]
    for (line, points) in zip(drawn, wanted) {
      #expect(line.count == points.count)
      for (place, point) in zip(line, points) {
        #expect(abs(place[0] - point[0]) < 0.11 && abs(place[1] - point[1]) < 0.06, "\(place) \(point)")
      }
    }
    // One line a curve, and one in front of its name.
    #expect(drawn.count == 4)
  }

  @Test("A curve with intervals has one band and others have none") func bands() {
    #expect(chart(two).svg.components(separatedBy: "class=\"band\"").count == 2)
    #expect(chart([two[1]]).svg.components(separatedBy: "class=\"band\"").count == 1)
  }

  @Test func nearLevelsAreDrawnAndFarOnesNamed() {
    let svg = chart(two, references: [.init(name: "oracle", value: 8), .init(name: "random", value: -500)]).svg
    #expect(svg.contains(">oracle 8.00<"))
    #expect(svg.contains(">off the plot: random -500.0<"))
  }

  @Test("A near curve to compare with is drawn from point to point, and a far one named with its ends")
  func curvesToCompareWith() throws {
    let near = ChartReference(name: "best", points: [.init(x: 0, y: 8), .init(x: 5, y: 0), .init(x: 10, y: 4)])
    let far = ChartReference(name: "distant", points: [.init(x: 0, y: 4), .init(x: 10, y: 500)])
    let svg = chart(two, references: [near, far]).svg
    #expect(
      svg.contains(">best<") && svg.contains(">off the plot: distant 4.00 to 500.0<") && !svg.contains(">distant"))
    let drawn = lines(svg).filter { $0.count == 3 }
    // Its ends are those of the other curves, at the top and in the middle of heights from 0 to 8.
    let frame = try #require(lines(chart(two).svg).dropFirst().first)
    let curve = try #require(drawn.first { $0[0][1] < $0[2][1] && $0[1][1] > $0[2][1] })
    #expect([curve[0][0], curve[2][0]] == [frame[0][0], frame[1][0]])
    #expect(abs(curve[2][1] - (curve[0][1] + curve[1][1]) / 2) < 0.06)
    // A level is a line, not a curve.
    #expect(
      lines(chart(two, references: [.init(name: "oracle", value: 8)]).svg).count == lines(chart(two).svg).count)
  }

  @Test func namesNeverOverlap() {
    let many = (0..<12).map { number in
      ChartSeries(
        name: "learner \(number)", style: CurveStyle(number),
        points: [.init(x: 0, y: 1), .init(x: 1, y: number < 11 ? 0.5 : 0)])
    }
    let svg = chart(many).svg
    let heights = svg.components(separatedBy: "<text ").filter { $0.contains(">learner ") }
      .compactMap { $0.components(separatedBy: " y=\"").last?.prefix { $0 != "\"" } }.compactMap { Double($0) }
    #expect(heights.count == 12)
    let sorted = heights.sorted()
    #expect(zip(sorted.dropFirst(), sorted).allSatisfy { $0 - $1 >= 15.9 })
  }

  /// Lightness, and how red and yellow a color is, in CIE L*a*b*, where equal distances look about equal.
  private func appearance(_ color: String) throws -> [Double] {
    let hue = try #require(Int(color.dropFirst(), radix: 16))
    let light = [16, 8, 0].map { shift -> Double in
      let part = Double(hue >> shift & 255) / 255
      return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    func response(_ weights: [Double]) -> Double {
      let sum = zip(weights, light).reduce(0) { $0 + $1.0 * $1.1 }
      return sum > 0.008856 ? cbrt(sum) : 7.787 * sum + 16.0 / 116
    }
    let x = response([0.4339, 0.3763, 0.1899])
    let y = response([0.2126, 0.7152, 0.0722])
    let z = response([0.0177, 0.1095, 0.8728])
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
  }

  @Test("No two of sixteen learners and eight controls share a color") func colorsDiffer() throws {
    let styles = CurveStyle.styles(
      areControls: [Bool](repeating: false, count: 16) + [Bool](repeating: true, count: 8))
    let colors = try styles.map { try appearance($0.color) }
    for first in colors.indices {
      for second in 0..<first {
        let distance = zip(colors[first], colors[second]).reduce(0) { $0 + pow($1.0 - $1.1, 2) }.squareRoot()
        #expect(distance > 20, "\(styles[first].color) and \(styles[second].color)")
      }
    }
    // Without colors, dashes and marks are enough.
    #expect(Set(styles.prefix(16).map { "\($0.dash) \($0.mark)" }).count == 16)
    #expect(Set(styles.suffix(8).map { "\($0.dash) \($0.mark)" }).count == 8)
    #expect(styles.suffix(8).allSatisfy { !$0.dash.isEmpty })
  }

  @Test func aColorThatComesAgainComesWithOtherDashes() {
    let styles = CurveStyle.styles(areControls: [Bool](repeating: false, count: 35))
    #expect(Set(styles).count == 35)
  }

  @Test func namesAreEscapedAndKeptFromForbiddenCharacters() throws {
    let evil = "</text><script>alert(\"1\")</script>&\u{0}\u{1B}'"
    let series = ChartSeries(name: evil, style: CurveStyle(0), points: [.init(x: 0, y: 0)])
    let rows = RowChart(
      title: evil, subtitle: evil, columns: [.init(title: evil, label: evil)],
      rows: [.init(name: evil, style: CurveStyle(0), cells: [.init(value: 1)])])
    for svg in [chart([series]).svg, rows.svg] {
      #expect(!svg.contains("<script"))
      #expect(XMLReader.isSound(svg))
    }
  }

  @Test(
    arguments: [
      [], [.init(x: 0, y: 0)], [.init(x: .nan, y: .nan)], [.init(x: 1e300, y: -1e300), .init(x: 2e300, y: 1e300)],
      [.init(x: 0, y: .infinity), .init(x: 1, y: 1)], [.init(x: 3, y: 1), .init(x: 3, y: 1)],
    ] as [[ChartSeries.Point]])
  func oddPointsMakeASoundPicture(_ points: [ChartSeries.Point]) throws {
    let style = CurveStyle(0)
    #expect(XMLReader.isSound(chart([ChartSeries(name: "a", style: style, points: points)]).svg))
    let rows = RowChart(
      title: "t", subtitle: "s", columns: [.init(label: "return")],
      rows: [.init(name: "a", style: style, cells: [.init(dots: points.map(\.y), value: points.first?.y)])])
    #expect(XMLReader.isSound(rows.svg))
  }

  @Test func aChartWithoutRunsSaysSo() {
    #expect(chart([]).svg.contains("no run has finished"))
    #expect(
      RowChart(title: "t", subtitle: "", columns: [.init(label: "return")], rows: []).svg
        .contains("no run has finished"))
  }

  @Test func aRowHasADotATaskAndManyAreThinned() {
    func svg(_ count: Int) -> String {
      let cell = RowChart.Cell(dots: (0..<count).map { Double($0) }, value: 1, interval: 0...2)
      let row = RowChart.Row(name: "a", style: CurveStyle(0), cells: [cell])
      return RowChart(title: "t", subtitle: "", columns: [.init(label: "return")], rows: [row]).svg
    }
    #expect(svg(20).components(separatedBy: "class=\"dot\"").count - 1 == 20)
    #expect(svg(5000).components(separatedBy: "class=\"dot\"").count - 1 == RowChart.mostDots)
  }
}

/// A small reader of XML, strict enough to refuse what a browser would stumble over.
enum XMLReader {
  /// Whether elements are nested soundly, and no character stands where it may not.
  static func isSound(_ text: String) -> Bool {
    guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 || $0 == "\n" || $0 == "\t" }) else { return false }
    var open: [Substring] = []
    for part in text.split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
      guard let end = part.firstIndex(of: ">") else { return false }
      let (tag, content) = (part[..<end], part[part.index(after: end)...])
      guard !content.contains(">"), isEscaped(content), isEscaped(tag) else { return false }
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return false }
      } else if !tag.hasSuffix("/"), !tag.hasPrefix("!") {
        open.append(tag.prefix { !$0.isWhitespace })
      }
    }
    return open.isEmpty
  }

  private static func isEscaped(_ text: Substring) -> Bool {
    text.split(separator: "&", omittingEmptySubsequences: false).dropFirst().allSatisfy { part in
      ["amp;", "lt;", "gt;", "quot;", "#39;"].contains { part.hasPrefix($0) }
    }
  }
}
