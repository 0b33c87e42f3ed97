import Confinement
import Diagnostics
import Launcher

extension ProjectProfiles {
    /// Those beside the project file that counts here; looked for when a name is no other profile's.
    static let trusted = ProjectProfiles(
        names: { ProjectFilePlace.find().map { ProjectFile.profileNames(beside: $0.path) } ?? [] },
        text: { (name) throws(SandboxError) in
            guard let place = ProjectFilePlace.find() else {
                let loose = "./.sandbox/profiles/\(name).json"
                if KernelFiles().kind(loose) == nil { return nil }
                throw SandboxError(
                    .refused, "\(loose) counts by its name only beside a trusted \(ProjectFile.name)",
                    remedy: "--profile \(loose), or sandbox init and sandbox trust")
            }
            guard ProjectFile.profileNames(beside: place.path).contains(name) else { return nil }
            let file = ProjectFile.profile(name, beside: place.path)
            let bytes = try ProjectFile.read(file)
            let trusted = try place.store.project(place.path)?.profiles[name]
            guard trusted == bytes else {
                throw SandboxError(
                    .refused, "\(file) \(trusted == nil ? "is not trusted" : "has changed since you trusted it")",
                    remedy: "sandbox trust shows it and asks")
            }
            return Found(file: file, bytes: bytes, isOfProject: true)
        })
}
