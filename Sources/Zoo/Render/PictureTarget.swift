import MetaRL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

struct PictureTarget {
  private enum Format: String, CaseIterable {
    case svg, gif, png, frames
  }

  private var formats: [Format]
  /// The file; nil if files in `directory` have other names.
  private var file: String?
  private var directory: String
  private var name: String

  /// Reads the options.
  ///
  /// - Throws: `UsageError`, also if the directory cannot be written.
  init(_ arguments: Arguments, runs: [String], tasks: [TaskID]) throws {
    let out = try arguments.path("out")
    let ending = arguments.namesDirectory("out") ? nil : out?.ending
    let named = ending.flatMap { Format(rawValue: $0) }.flatMap { $0 == .frames ? nil : $0 }
    formats = try (arguments.names("format") ?? named.map { [$0.rawValue] } ?? ["svg", "gif"]).map { text in
      guard let format = Format(rawValue: text) else {
        throw UsageError(unknownName("format", text, among: Format.allCases.map(\.rawValue)))
      }
      return format
    }
    name = (runs.count > 1 ? "side-by-side-task-" : "task-") + tasks.map { "\($0.index)" }.joined(separator: "-")
    if let out, let named {
      guard formats == [named] else {
        throw UsageError("--out \(out) is a file of one format, and --format says otherwise; name a directory")
      }
      (file, directory) = (out, out.parentPath)
      try Files.makeWritable(file: out, calledBy: "\(name).\(named)")
      return
    }
    directory = out ?? (runs.first ?? ".").inside("pictures")
    // An ending such as jpg is meant for a file; lr-0.5 is a name like others.
    if let out, let ending, ending.first?.isLetter == true, ending.count < 6, !Files.isDirectory(out) {
      let known = Format.allCases.filter { $0 != .frames }.map(\.rawValue).joined(separator: ", ")
      throw UsageError(
        "--out \(out): there are no pictures of the format \"\(ending)\", but of: \(known). For a directory of that name: "
          + "--out \(out.shellWord)/")
    }
    try Files.makeWritableDirectory(directory)
  }

  /// Draws and writes.
  ///
  /// - Returns: the paths of the files, and of directories of frames.
  func write(_ recording: Recording, isInterrupted: () -> Bool) throws -> [String] {
    let (film, picture) = (recording.film, recording.picture)
    return try formats.map { format in
      let path = file ?? "\(directory)/\(name)" + (format == .frames ? "-frames" : ".\(format.rawValue)")
      switch format {
      case .svg: try Files.write(picture.svg(title: recording.heading), to: path)
      case .png: try Files.write(Data(PNG.data(Raster(picture, scale: 2))), to: path)
      case .gif:
        let bytes = try GIF.data(film, delay: 7, lastDelay: 250, isInterrupted: isInterrupted)
        try Files.write(Data(bytes), to: path)
      case .frames: try writeFrames(of: film, to: path, isInterrupted: isInterrupted)
      }
      return path
    }
  }

  private func writeFrames(of film: Film, to path: String, isInterrupted: () -> Bool) throws {
    try Files.makeWritableDirectory(path)
    let still = Raster(film.still, scale: 2)
    for number in 0..<film.frameCount {
      guard !isInterrupted() else { throw InterruptedError() }
      var raster = still
      for mark in film.moving(number) { raster.draw(mark) }
      let digits = String(number)
      let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      try Files.write(Data(PNG.data(raster)), to: "\(path)/frame-\(padded).png")
    }
  }
}
