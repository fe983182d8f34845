import Foundation
import MetaRL
import Testing

@Suite struct SettingTests {
  private enum Word: String, Codable, CaseIterable { case one, two, three }

  private struct Configuration: LearnerConfiguration {
    @Setting("a size", above: 0, through: 10, symbol: "α", source: "a book") var size = 0.5
    @Setting("a count", 1...9, source: "a book") var count = 3
    @Setting("a word", oneOf: [.one, .two], source: "a book") var word = Word.one
    @Setting("widths", each: 1...64, count: 0...4, source: "a book") var widths = [8, 8]
    @Setting("yes or no", source: "a book") var isSo = false
  }

  @Test func settingsAreShownAsTheyAreDeclared() {
    let settings = Configuration.settings
    #expect(settings.map(\.key) == ["size", "count", "word", "widths", "isSo"])
    #expect(
      settings.map(\.range) == [
        .numberAbove(0, through: 10), .integer(1...9), .choice(["one", "two"]),
        .integers(each: 1...64, count: 0...4), .boolean,
      ])
    #expect(settings[0].meaning == "a size" && settings[0].symbol == "α" && settings[1].symbol == nil)
  }

  @Test func aSettingIsStoredAsItsValueAlone() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = #"{"count":4,"isSo":true,"size":0.25,"widths":[1],"word":"two"}"#
    let read = try JSONDecoder().decode(Configuration.self, from: Data(text.utf8))
    #expect(read.count == 4 && read.isSo && read.size == 0.25 && read.widths == [1] && read.word == .two)
    #expect(String(decoding: try encoder.encode(read), as: UTF8.self) == text)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Configuration.self, from: Data("{}".utf8)) }
  }

  @Test func whatIsSetIsChosenEvenIfItIsTheDefault() {
    var configuration = Configuration()
    #expect(configuration.chosenKeys == [])
    configuration.isSo = true
    configuration.size = 0.5
    #expect(configuration.chosenKeys == ["size", "isSo"])
  }
}
