/// The sources that a package was built from, recorded during the build.
public struct SourceRecord: Sendable, Hashable {
  /// The commit that was checked out; nil outside of a checkout.
  public var commit: String?
  /// Whether the sources differed from it; nil if git could not be asked.
  public var hasChanges: Bool?
  /// The name of the program that the package is a part of; nil if it is not known.
  package var program: String?

  /// Keeps what was written down.
  public init(commit: String? = nil, hasChanges: Bool? = nil) {
    self.commit = commit
    self.hasChanges = hasChanges
  }

  /// The sources of this package, from the file that the plugin RecordCommit writes.
  ///
  /// A separate module, and never inlined, so that another commit recompiles no other module.
  @inline(never) package static var ofThisPackage: SourceRecord { builtFrom }
}
