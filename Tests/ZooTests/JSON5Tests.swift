import Foundation
import Testing
import Zoo

/// JSON5 as json5.org has it; what could be taken in two ways is refused.
@Suite struct JSON5Tests {
  private static let values: [(String, JSONValue)] = [
    // Space and comments: 5.1.7 to 5.1.8.
    ("\u{FEFF}{ a: 1 }", ["a": 1]), ("{\u{A0}a:\u{2003}1\u{3000}}", ["a": 1]),
    ("{\u{B}a\u{C}:\t1\u{FEFF}}", ["a": 1]),
    ("// one\u{2028}1", 1), ("// one\r1", 1), ("// one\r\n/* two\n*/ 1 // three", 1), ("/***/ 1", 1),
    ("1\u{2029}", 1),
    // Numbers: 6.
    ("0x64", 100), ("0XfF", 255), ("-0x10", -16), ("+0xA", 10), ("+5", 5), ("-5", -5), (".5", 0.5), ("5.", 5.0),
    ("-.25e1", -2.5), ("+1E+2", 100.0), ("5.e-1", 0.5), ("0", 0), ("0.0", 0.0),
    ("9007199254740993", 9_007_199_254_740_993),
    // Text: 5.
    ("'it\\'s'", "it's"), ("\"a 'b' \\\"c\\\"\"", "a 'b' \"c\""), ("'\"'", "\""), ("'\\x41\\u0042'", "AB"),
    ("'a\\\nb\\\r\nc\\\rd\\\u{2028}e'", "abcde"), ("'\\0'", "\0"), ("'\\v\\a\\/\\-'", "\u{B}a/-"),
    ("'\u{2028}\t'", "\u{2028}\t"), ("'\\uD83D\\uDE00'", "😀"), ("'\\b\\f\\n\\r\\t\\\\'", "\u{8}\u{C}\n\r\t\\"),
    // Objects and lists: 3 and 4.
    ("{ $a_1: 1, _: 2, é: 3, \\u0061b: 4, ünïcödé: 5, }", ["$a_1": 1, "_": 2, "é": 3, "ab": 4, "ünïcödé": 5]),
    ("{ true: 1, null: 2, Infinity: 3, 'a b': 4 }", ["true": 1, "null": 2, "Infinity": 3, "a b": 4]),
    ("[1, 'x', null, true, false,]", [1, "x", .null, true, false]), ("[]", []), ("{}", .object([])),
  ]

  @Test(arguments: values) func whatTheSpecificationAllowsIsRead(text: String, value: JSONValue) throws {
    #expect(try JSONValue(parsingJSON5: text) == value)
    // Whatever ends lines.
    #expect(try JSONValue(parsingJSON5: "\r\n" + text + "\r\n") == value)
  }

  @Test(arguments: [
    // The place, counted in lines of any kind and characters.
    ("{\n  a: 1,\r\n  b ?\n}", "line 3, column 5: a colon is missing after \"b\""),
    ("\u{FEFF}?", "line 1, column 1: "), ("{ é: ? }", "line 1, column 6: "),
    ("{ a: 1,\r  b: ? }", "line 2, column 6: "),
    ("", "line 1, column 1: there is nothing in it"), ("// only", "there is nothing in it"),
    // Twice the same.
    ("{ a: 1,\n a: 2 }", "line 2, column 2: a is given twice, first in line 1"),
    ("{ b: { a: 1, '\\x61': 2 } }", "b.a is given twice"), ("{ a: 1, \\u0061: 2 }", "a is given twice"),
    ("{ 'é': 1, 'e\u{301}': 2 }", "is given twice"),
    // Numbers.
    ("{ steps: 04 }", "column 10: \"04\" is not a number: it begins with 0, which some take for octal; type 4"),
    ("-007", "type 7"), ("00", "type 0"), ("1_000", "type 1000"),
    ("{ a: Infinity }", "a is Infinity, and has to be a finite"),
    ("{ a: { b: [-Infinity] } }", "a.b is -Infinity"), ("+NaN", "the value is +NaN"),
    ("0x", "digits and the letters a to f follow 0x"),
    ("0x1g", "digits and the letters a to f follow 0x"), ("0xFFFFFFFFFFFFFFFF", "more than 64 bits hold"),
    ("1x", "\"1x\" is not a number"),
    ("1e", "is not a number"), ("+.", "is not a number"), ("1.2.3", "is not a number"),
    ("--1", "is not a number"),
    ("1e400", "is not a number of 64 bits"),
    ("{ a: 9007199254740993.0 }", "a is 9007199254740993.0, which 64 bits do not hold: the nearest number is "),
    ("0.99999999999999999999", "the nearest number is 1"), ("1e-400", "the nearest number is 0"),
    // Words and marks.
    ("{ split: test }", "\"test\" is not a value; text goes in quotation marks: type \"test\""),
    ("True", "type true"),
    ("{ a: “b” }", "U+201C), which is not a quotation mark in JSON5: type \""), ("{ a\u{200B}: 1 }", "U+200B"),
    ("{ grid-world: 1 }", "type \"grid-world\""), ("{ 5x10: 1 }", "type \"5x10\""),
    ("{ a: 1 b: 2 }", "a comma or } is due"),
    ("[1 2]", "a comma or ] is due"), ("{ a = 1 }", "where there is \"=\""),
    ("1 2", "there is more after the value"),
    ("{ a: 1", "begun in line 1, column 1"), ("/ a", "begins no comment"), ("/* a", "close it with */"),
    ("{,}", "a key is missing"), ("[,]", "a value is missing"),
    // Text.
    ("'a\nb'", "broken off by the end of the line"), ("'a", "does not end"), ("'\\1'", "is not an escape"),
    ("'\\01'", "is not an escape"), ("'\\x4'", "2 digits from 0 to f are due"),
    ("'\\u+123'", "4 digits from 0 to f are due"),
    ("'\\uD800'", "half of a pair"), ("'\\uD800\\uD800'", "half of a pair"), ("'\\", "does not end"),
    // Nesting.
    (String(repeating: "[", count: 100_000), "nested too deeply"),
    (String(repeating: "{a:", count: 100_000), "nested too deeply"),
  ])
  func whatCouldBeTakenInTwoWaysIsRefusedWithItsPlace(text: String, message: String) {
    let problem = #expect(throws: JSONError.self) { try JSONValue(parsingJSON5: text) }
    #expect("\(problem as Any)".contains(message), "\(problem as Any)")
  }

  /// "{ a: 1 }" in UTF-16 without a mark, and others.
  private static let wrongBytes: [([UInt8], String)] = [
    ([0x7B, 0, 0x20, 0, 0x61, 0, 0x3A, 0, 0x31, 0, 0x7D, 0], "UTF-16"),
    ([0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00], "UTF-16"), ([0xFE, 0xFF, 0x00, 0x7B, 0x00, 0x7D], "UTF-16"),
    (Array("{ a:\n 'b".utf8) + [0xE9, 0x27, 0x7D], "line 2, column 4: the byte 0xE9 is not UTF-8; save"),
    (Array("{ a:\n 1 ".utf8) + [0, 0x7D], "line 2, column 4: there is a byte 0"),
  ]

  @Test(arguments: wrongBytes)
  func whatIsNotUTF8IsRefused(bytes: [UInt8], message: String) {
    for dialect in [JSONValue.Dialect.json5, .json, .handwrittenJSON] {
      let problem = #expect(throws: JSONError.self) { try JSONValue(parsing: bytes, as: dialect) }
      #expect("\(problem as Any)".contains(message), "\(problem as Any)")
    }
  }

  @Test func jsonThatPeopleWriteIsHeldToItsOwnRules() throws {
    #expect(try JSONValue(parsing: Array("\u{FEFF}{\"a\": 1}".utf8), as: .handwrittenJSON) == ["a": 1])
    for (text, message) in [
      ("{\"a\": 1, \"a\": 2}", "a is given twice"), ("{\"a\": 1,}", "no comma before }"),
      ("[1,]", "no comma before ]"),
      ("{\"a\": 01}", "type 1"), ("{'a': 1}", "double quotation marks"), ("{\"a\": 0x1}", "the digits 0 to 9"),
      ("{\"a\": .5}", "is not a number"), ("{\"a\": NaN}", "is not a number in JSON"),
      ("// x", "a value is missing"),
      ("{\"a\": 9007199254740993.0}", "64 bits do not hold"),
    ] {
      let problem = #expect(throws: JSONError.self) {
        try JSONValue(parsing: Array(text.utf8), as: .handwrittenJSON)
      }
      #expect("\(problem as Any)".contains(message), "\(text): \(problem as Any)")
    }
  }

  @Test func numbersThatProgramsWriteAreReadBack() throws {
    for number in [1.2345678901234567e18, 9.007199254740994e15, 1e23, 5e-324, 1.7976931348623157e308, 0.1, -2.5] {
      #expect(try JSONValue(parsing: JSONValue.number(number).text) == .number(number))
    }
  }
}
