import Testing

/// Lends each test a new directory, which is removed afterwards: `TemporaryDirectory.path` while the test runs.
struct TemporaryDirectory: SuiteTrait, TestTrait, TestScoping {
  @TaskLocal static var path = ""

  var isRecursive: Bool { true }

  func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? { testCase == nil ? nil : self }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let path = try makeDirectory()
    defer { removeDirectory(path) }
    try await Self.$path.withValue(path) { try await function() }
  }
}

extension Trait where Self == TemporaryDirectory {
  /// A new directory for each test of the suite.
  static var temporaryDirectory: Self { Self() }
}
