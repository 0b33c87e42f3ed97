import ContainerPlan
import Diagnostics
import LinuxKernel

/// Files that are written into a memory file system of the container before the command starts.
package struct SecretFiles: Sendable {
    /// An absolute path inside, where a tmpfs is mounted.
    package var folder: String
    package var files: [(name: String, bytes: [UInt8])]

    package init(folder: String, files: [(name: String, bytes: [UInt8])]) {
        self.folder = folder
        self.files = files
    }
}

/// Writes the secrets, each readable by its owner alone. What is there must be memory: nothing may reach a disk.
func placeSecrets(
    _ secrets: SecretFiles, root: borrowing ContainerRoot, owner: (uid: UInt32, gid: UInt32)
) throws(SandboxError) {
    try attempt("write the secrets to \(secrets.folder)") { () throws(Errno) in
        let folder = try root.open(secrets.folder, O_RDONLY | O_DIRECTORY)
        guard try fileSystemType(folder.raw) == 0x0102_1994 else { throw .readOnlyFileSystem }
        for (name, bytes) in secrets.files {
            let file = try openPath(at: folder.raw, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o400)
            try writeAll(file.raw, bytes)
            try setOwner(at: file.raw, "", uid: owner.uid, gid: owner.gid)
        }
    }
}
