/// Lets go of the pages of this program's code (madvise(2) MADV_DONTNEED). They stay in the page cache, from where the
/// kernel maps those that are executed again.
///
/// For the moment between reading what is to be done and doing it: most of the code that has run by then is not needed
/// any more, and a process that stays for as long as its container would hold it all that time.
package func releaseCodePages() {
    var start: UInt = 0
    var end: UInt = 0
    clinux_code_range(&start, &end)
    guard end > start else { return }
    // A kernel that refuses keeps the pages, which is no harm.
    _ = clinux_syscall(Int(SYS_madvise), Int(bitPattern: start), Int(end - start), Int(MADV_DONTNEED), 0, 0, 0)
}
