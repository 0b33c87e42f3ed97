import ContainerPlan
import Diagnostics
import LinuxKernel

/// Makes the container's terminal and lays it over `/dev/console`.
func makeConsole(
    root: borrowing ContainerRoot, size: TerminalSize?, owner: UInt32
) throws(SandboxError) -> PseudoTerminal {
    let terminal = try openTerminal(in: root, size: size, owner: owner)
    let place = try root.ensure("/dev/console", .file, followLast: false)
    try attempt("bind the terminal to /dev/console") { () throws(Errno) in
        let copy = try cloneTree(at: terminal.slave.raw, "", recursive: false)
        try attachMount(copy.raw, onto: place.raw)
    }
    return terminal
}

/// Makes a terminal from the container's own devpts.
///
/// Nothing is opened by a path that an image could have put there: the folder must be a devpts, and the slave comes
/// from the master itself (CVE-2025-52565).
func openTerminal(
    in root: borrowing ContainerRoot, size: TerminalSize?, owner: UInt32
) throws(SandboxError) -> PseudoTerminal {
    let devptsMagic = 0x1CD1
    let terminal = try attempt("open a terminal in /dev/pts") { () throws(Errno) in
        let devpts = try root.open("/dev/pts", O_RDONLY | O_DIRECTORY)
        guard try fileSystemType(devpts.raw) == devptsMagic else { throw .operationNotSupportedByDevice }
        return try PseudoTerminal(devpts: devpts.raw)
    }
    if let size, size.rows > 0 || size.columns > 0 {
        try attempt("set the terminal's size") { () throws(Errno) in
            try setWindowSize(
                terminal.master.raw, winsize(ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0))
        }
    }
    try attempt("give the terminal to user \(owner)") { () throws(Errno) in
        try setOwner(at: terminal.slave.raw, "", uid: owner, gid: gid_t.max)
    }
    return terminal
}
