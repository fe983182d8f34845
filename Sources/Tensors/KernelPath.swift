import CKernels

/// The instructions that the numeric kernels use; all give the same bits.
public enum KernelPath: String, CaseIterable, Sendable {
  /// None but those every processor has: slow.
  case portable
  /// The vector instructions of 64-bit ARM.
  case neon
  /// AVX2 with fused multiply-add, on x86-64.
  case avx2
  /// AVX-512, with vectors of 512 bits, on x86-64.
  case avx512

  /// The environment variable that names the path to use; otherwise it is the best that the processor has.
  public static let environmentVariable = "METARLZOO_KERNELS"

  /// The path that the kernels of this process use.
  public static var current: KernelPath { allCases.first { $0.kernel == ck_current_path() } ?? .portable }

  /// Whether this processor can run the path.
  public var isAvailable: Bool { ck_path_available(kernel) }

  private var kernel: ck_path {
    switch self {
    case .portable: CK_PORTABLE
    case .neon: CK_NEON
    case .avx2: CK_AVX2
    case .avx512: CK_AVX512
    }
  }
}
