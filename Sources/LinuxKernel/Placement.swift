/// sched_setaffinity(2) of the calling thread; bit N of `words` allows processor N. Processors that do not exist, or that
/// the thread's cpuset lacks, are left out by the kernel.
package func setAffinity(_ words: [UInt]) throws(Errno) {
    try words.withUnsafeBufferPointer { (words) throws(Errno) -> Void in
        let size = words.count * MemoryLayout<UInt>.size
        try syscallRetrying(Int(SYS_sched_setaffinity), 0, size, address(words.baseAddress))
    }
}

/// Every processor that the calling thread's cpuset has.
package func clearAffinity() throws(Errno) {
    // 8192 bits, the most a kernel can be built for.
    try setAffinity([UInt](repeating: .max, count: 128))
}

/// set_mempolicy(2) of the calling thread, kept over execve(2); `mode` is an `MPOL_*` number with its flags.
package func setMemoryPolicy(_ mode: Int, nodes: [UInt]) throws(Errno) {
    try nodes.withUnsafeBufferPointer { (nodes) throws(Errno) -> Void in
        // The kernel counts one bit less than it is told.
        let bits = nodes.isEmpty ? 0 : nodes.count * UInt.bitWidth + 1
        try syscallRetrying(Int(SYS_set_mempolicy), mode, bits == 0 ? 0 : address(nodes.baseAddress), bits)
    }
}
