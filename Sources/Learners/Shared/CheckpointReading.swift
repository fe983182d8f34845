import MetaRL
import Networks
import Tensors

/// What a checkpoint says is checked where it is read: files may say anything.
extension KeyedDecodingContainer {
  /// Reads a spec for which networks can be made.
  ///
  /// - Parameters:
  ///   - key: where it is.
  ///   - otherSizes: further sizes of the networks; they are checked with those of the spec.
  /// - Returns: the spec.
  /// - Throws: `DecodingError`, also if a size is not positive, or absurd.
  func spec(forKey key: Key, otherSizes: [Int]) throws -> EnvironmentSpec {
    let spec = try decode(EnvironmentSpec.self, forKey: key)
    let sizes = [spec.observationSize, spec.actionSpace.width, spec.horizon, spec.episodesPerLifetime] + otherSizes
    guard sizes.allSatisfy((1...1_000_000).contains) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "a size is not positive or too large")
    }
    return spec
  }

  /// Reads parameters that have the form of others.
  ///
  /// - Parameters:
  ///   - form: the names and shapes that are due.
  ///   - key: where they are.
  /// - Returns: the parameters.
  /// - Throws: `DecodingError`, also if they have another form.
  func parameters(like form: Parameters, forKey key: Key) throws -> Parameters {
    let stored = try decode(Parameters.self, forKey: key)
    guard stored.hasForm(of: form) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "these are not the parameters of such networks")
    }
    return stored
  }

  /// Reads an optimizer of some parameters.
  ///
  /// - Parameters:
  ///   - parameters: what it is to move.
  ///   - key: where it is.
  /// - Returns: the optimizer.
  /// - Throws: `DecodingError`, also if what it remembers is of other parameters.
  func adam(moving parameters: Parameters, forKey key: Key) throws -> Adam {
    let stored = try decode(Adam.self, forKey: key)
    guard stored.canMove(parameters) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "this is the memory of other parameters")
    }
    return stored
  }
}
