import Foundation
import Tensors
import Testing
import Zoo

@Suite struct PictureTests {
  private func picture(_ marks: [Mark]) -> Picture {
    var picture = Picture(width: 40, height: 30)
    picture.marks = marks
    return picture
  }

  @Test func aDiscCoversWhatItsAreaSays() {
    let raster = Raster(picture([.disc(Spot(20, 15), radius: 8, color: Color(0x000000))]))
    let ink = raster.pixels.reduce(0.0) { $0 + Double(255 - Int($1)) } / 255 / 3
    #expect(abs(ink - 64 * Double.pi) < 2)
    #expect(raster[20, 15] == (0, 0, 0))
    #expect(raster[5, 5] == (255, 255, 255))
  }

  @Test func aPolygonCoversWhatItsAreaSays() {
    let corners = [Spot(3.25, 4), Spot(33.25, 4), Spot(18.25, 24)]
    let raster = Raster(picture([.area(corners, color: Color(0x000000))]))
    let ink = raster.pixels.reduce(0.0) { $0 + Double(255 - Int($1)) } / 255 / 3
    #expect(abs(ink - 300) < 4)
  }

  @Test func aLineOfManyPiecesIsNoDarkerThanOneOfOne() {
    let color = Color(0x0072B2)
    let whole = Raster(picture([.line([Spot(4, 4), Spot(36, 25)], color: color, width: 3)]))
    let places = (0...8).map { Spot(4 + 4 * Double($0), 4 + 21 / 8 * Double($0)) }
    #expect(Raster(picture([.line(places, color: color, width: 3)])) == whole)
  }

  @Test func marksOutsideThePictureDoNoHarm() {
    let far = [
      Mark.line([Spot(-1e12, 4), Spot(1e12, 1e11)], color: .init(0), width: 3),
      .disc(Spot(1e9, -1e9), radius: 4, color: .init(0)), .area([], color: .init(0)),
      .line([], color: .init(0), width: 1), .area([Spot(-9, -9), Spot(-5, -3), Spot(-2, -8)], color: .init(0)),
      .text("far away", at: Spot(-500, 900), size: 20),
    ]
    let raster = Raster(picture(Array(far.dropFirst())))
    #expect(raster == Raster(picture([])))
    _ = Raster(picture(far))
  }

  @Test func everyCharacterThatPicturesUseHasStrokes() {
    let used = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;-–+=/()[]%·→_'!?<>#*&±×|@"
    let box = Raster(picture([.text("\u{2603}", at: Spot(8, 20), size: 16)]))
    for character in used {
      #expect(Raster(picture([.text(String(character), at: Spot(8, 20), size: 16)])) != box, "\(character)")
    }
  }

  @Test func pngFilesHoldThePixels() throws {
    var random = RandomStream(seed: 5)
    for _ in 0..<20 {
      var picture = Picture(width: 1 + random.integer(below: 90), height: 1 + random.integer(below: 60))
      for _ in 0..<random.integer(below: 12) {
        let spot = Spot(random.uniform(-5, 90), random.uniform(-5, 60))
        let color = Color(UInt32(random.integer(below: 1 << 24)))
        picture.marks.append(.disc(spot, radius: random.uniform(0, 30), color: color))
      }
      let raster = Raster(picture, scale: 1 + random.integer(below: 2))
      let read = try #require(ReadPNG(PNG.data(raster)))
      #expect((read.width, read.height) == (raster.width, raster.height))
      #expect(read.pixels == raster.pixels)
    }
  }

  @Test func compressionKeepsRunsOfEveryLength() throws {
    #expect(PNG.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    for length in [
      0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 18, 19, 20, 34, 35, 66, 67, 130, 131, 257, 258, 259, 260, 261, 1000,
    ] {
      for byte in [UInt8(0), 143, 144, 255] {
        let bytes = [7] + [UInt8](repeating: byte, count: length) + [9, 9, 200]
        #expect(inflated(PNG.compressed(bytes)) == bytes, "\(length) times \(byte)")
      }
    }
  }

  @Test func codesOfAGIFKeepTheirIndices() {
    var random = RandomStream(seed: 6)
    for kinds in [1, 2, 3, 17, 256] {
      for length in [1, 2, 3, 255, 256, 257, 5000, 70000] {
        let indices = (0..<length).map { _ in UInt8(random.integer(below: kinds)) }
        let encoded = GIF.encoded(indices)
        #expect(encoded.first == 8 && encoded.last == 0)
        var (place, body): (Int, [UInt8]) = (1, [])
        while encoded[place] > 0 {
          body += encoded[place + 1...place + Int(encoded[place])]
          place += 1 + Int(encoded[place])
        }
        #expect(place == encoded.count - 1)
        #expect(ReadGIF.unpacked(body) == indices, "\(length) of \(kinds)")
      }
    }
  }

  @Test func framesOfAGIFAreThoseOfTheFilm() throws {
    var still = Picture(width: 60, height: 40)
    still.marks = [.area([Spot(5, 5), Spot(55, 5), Spot(30, 30)], color: Color(0xDCEFE6))]
    // The first two frames are the same.
    let film = Film(still: still, frameCount: 6) { frame in
      [.disc(Spot(10 + 6 * Double(max(frame, 1)), 20), radius: 4, color: Color(0x0072B2))]
    }
    let read = try #require(ReadGIF(GIF.data(film, delay: 7, lastDelay: 250)))
    #expect((read.width, read.height) == (60, 40))
    #expect(read.delays == [7, 7, 7, 7, 7, 250])
    #expect(read.frames.count == 6)
    for (number, frame) in read.frames.enumerated() {
      var picture = still
      picture.marks += film.moving(number)
      // Colors that other frames alone have may be replaced by their neighbors.
      let differences = zip(frame, Raster(picture).pixels).map { abs(Int($0) - Int($1)) }
      #expect(differences.max() ?? 0 <= 40 && differences.count { $0 > 0 } < 60, "frame \(number)")
    }
    #expect(read.frames[5] == Raster(film.last).pixels)
  }
}
