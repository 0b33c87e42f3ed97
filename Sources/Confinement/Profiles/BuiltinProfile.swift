import CProfiles
import Diagnostics
import RuntimeSpec

/// A profile that came with the executable: its filter is compiled, its settings are resolved.
///
/// Both are read-only data of the executable (`Sources/CProfiles/profiles.c`, generated from `profiles/*.json`):
/// nothing is compiled, and no libseccomp touched, when a command starts with one.
package struct BuiltinProfile: Sendable {
    private let index: UInt32

    /// In alphabetical order.
    package static var all: [BuiltinProfile] { (0..<cprofiles_profile_count()).map { BuiltinProfile(index: $0) } }

    private init(index: UInt32) { self.index = index }

    /// Nil when there is no built-in profile of this name.
    package static func named(_ name: String) -> BuiltinProfile? {
        // By bytes: each text that is made of a name costs as much as finding it.
        var name = name
        let index = name.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cprofiles_profile_index($0.baseAddress, $0.count) }
        }
        return index < cprofiles_profile_count() ? BuiltinProfile(index: index) : nil
    }

    private var data: cprofiles_profile? { cprofiles_profile_at(index)?.pointee }

    package var name: String { data.map { String(cString: $0.name) } ?? "" }

    /// The file it was made from.
    package var source: [UInt8] { Self.bytes(data?.source, data?.source_size) }

    /// Everything but the system call rules, those of extended profiles included.
    package func settings() throws(SandboxError) -> Profile {
        try within("built-in profile \"\(name)\"") { () throws(SandboxError) in
            try Profile(decoding: Self.bytes(data?.settings, data?.settings_size))
        }
    }

    /// The whole profile, its rules included: for changing or printing it.
    package func profile() throws(SandboxError) -> Profile {
        try within("built-in profile \"\(name)\"") { () throws(SandboxError) in
            try Profile(reading: source).resolved(name: name) { (name) throws(SandboxError) in
                guard let parent = Self.named(name) else { throw SandboxError(.notFound, "no profile \"\(name)\"") }
                return try Profile(reading: parent.source)
            }
        }
    }

    /// The filter for the command, none when the profile filters nothing.
    ///
    /// It holds for the profile's own capabilities; with others, compile `profile().policy(in:)`.
    package var program: SeccompProgram? { program(on: .native) }

    /// Nil also for an architecture without a prepared filter.
    package func program(on architecture: SyscallArchitecture) -> SeccompProgram? {
        let filter: cprofiles_filter? =
            switch architecture {
            case .x86_64: data?.filters.0
            case .aarch64: data?.filters.1
            case .riscv64: data?.filters.2
            default: nil
            }
        guard let filter, filter.count > 0, let words = filter.instructions else { return nil }
        let program = UnsafeBufferPointer(start: words, count: Int(filter.count))
        let flags = FilterFlags(rawValue: filter.flags)
        #if _endian(little)
            return SeccompProgram(prepared: program, flags: flags)
        #else
            return SeccompProgram(instructions: program.map(FilterInstruction.init(littleEndianWord:)), flags: flags)
        #endif
    }

    private static func bytes(_ start: UnsafePointer<CChar>?, _ size: UInt32?) -> [UInt8] {
        guard let start, let size else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(size)))
    }
}
