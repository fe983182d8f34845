import CKernels
import Foundation
import Testing

@Suite struct KernelMemoryTests {
  @Test func blocksAreAlignedAndDistinct() {
    let sizes = Array(0..<300) + [511, 512, 513, 80_000, 1 << 20, (1 << 20) + 1]
    for _ in 0..<3 {
      var blocks: [(address: UnsafeMutableRawPointer, bytes: Int)] = []
      for (number, bytes) in sizes.enumerated() {
        let block = ck_allocate(bytes)!
        #expect(Int(bitPattern: block) % 64 == 0)
        memset(block, Int32(number % 251), bytes)
        blocks.append((block, bytes))
      }
      for (number, block) in blocks.enumerated() {
        let contents = UnsafeRawBufferPointer(start: block.address, count: block.bytes)
        #expect(contents.allSatisfy { $0 == UInt8(number % 251) })
        ck_release(block.address, block.bytes)
      }
    }
  }

  @Test func aReleasedBlockIsUsedAgain() {
    let block = ck_allocate(12_345)
    ck_release(block, 12_345)
    #expect(ck_allocate(12_300) == block)
    ck_release(block, 12_300)
  }

  @Test func blocksMayBeReleasedOnAnotherThread() async {
    for _ in 0..<20 {
      let addresses = (1...50).map { UInt(bitPattern: ck_allocate($0 * 1000)) }
      await withCheckedContinuation { continuation in
        Thread {
          for (index, address) in addresses.enumerated() {
            ck_release(UnsafeMutableRawPointer(bitPattern: address), (index + 1) * 1000)
          }
          let block = ck_allocate(5000)!
          memset(block, 1, 5000)
          ck_release(block, 5000)
          continuation.resume()
        }.start()
      }
    }
  }
}
