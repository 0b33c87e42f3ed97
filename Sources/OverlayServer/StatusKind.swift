import LinuxKernel

// Functions, since members that LinuxKernel adds to `stat` are not found on it here: libfuse's headers bring the same C
// type in by another module.

func isFolder(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }
func isRegular(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFREG }

/// A whiteout of the kernel's overlay: character device 0:0.
func isWhiteout(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0 }
