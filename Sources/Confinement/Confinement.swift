import Diagnostics
import LinuxKernel
package struct SeccompProgram: Sendable, Equatable {
    package var needsListener: Bool { false }
    package func install() throws(SandboxError) -> Descriptor? { nil }
}
