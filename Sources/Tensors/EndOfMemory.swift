import CKernels

/// From now on the process ends with a code of its own where memory runs out, and says so on standard error.
///
/// - Parameter code: the exit code.
package func exitAtEndOfMemory(code: Int32) { ck_end_of_memory_exits(code) }
