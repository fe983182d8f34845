import Synchronization

/// An archive of encoded tensors, so that their numbers need not be written as text.
///
/// An encoder or decoder that has one in its `userInfo`, under `TensorArchive.key`, writes a tensor's name in
/// place of its numbers. The name is where the tensor stands in what is encoded, as in `learner.theta.layer1.bias`.
public final class TensorArchive: Sendable {
  /// The key under which an encoder's or decoder's `userInfo` has an archive.
  public static let key: CodingUserInfoKey = {
    guard let key = CodingUserInfoKey(rawValue: "TensorArchive") else { preconditionFailure("a fixed text") }
    return key
  }()

  private let kept: Mutex<[(name: String, tensor: Tensor)]>
  private let places: Mutex<[String: Int]>

  /// An archive of tensors that have been read; none, to begin with one that will be written.
  ///
  /// - Precondition: no name comes twice.
  public init(_ tensors: [(name: String, tensor: Tensor)] = []) {
    kept = Mutex(tensors)
    places = Mutex(Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) }))
  }

  /// The tensors, in the order they were put in.
  public var tensors: [(name: String, tensor: Tensor)] { kept.withLock { $0 } }

  func tensor(named name: String) -> Tensor? {
    guard let place = places.withLock({ $0[name] }) else { return nil }
    return kept.withLock { $0[place].tensor }
  }

  /// Puts a tensor in, under the name or one like it.
  ///
  /// - Returns: the name it got.
  func put(_ tensor: Tensor, named wanted: String) -> String {
    places.withLock { places in
      var (name, number) = (wanted, 2)
      while places[name] != nil {
        name = "\(wanted)#\(number)"
        number += 1
      }
      places[name] = kept.withLock {
        $0.append((name, tensor))
        return $0.count - 1
      }
      return name
    }
  }
}
