import CKernels

/// From now on the process ends with a separate exit code and a message if memory runs out.
package func exitAtEndOfMemory(code: Int32) { ck_end_of_memory_exits(code) }
