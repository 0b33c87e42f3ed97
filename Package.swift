// swift-tools-version: 6.2
import PackageDescription

// Development builds and CI set SANDBOX_STRICT=1: a warning in our own code is an error there,
// while a newer compiler's new warning does not stop a user's build.
let strict = Context.environment["SANDBOX_STRICT"] == "1"

/// Release is one fully static executable; debug builds and tests stay dynamic.
let common: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        // Each function in a section of its own, for the linker to order them.
        .unsafeFlags(
            ["-static-executable", "-Xfrontend", "-function-sections"],
            .when(platforms: [.linux], configuration: .release)),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

/// The functions that a start executes lie one behind the other: scattered over the whole executable, each would take
/// pages of its own. Benchmarks/order writes the list.
let ordered = [
    "-Xlinker", "--section-ordering-file", "-Xlinker", Context.packageDirectory + "/Sources/sandbox/order.txt",
]
/// For profilers, and for writing that list.
let keepsSymbols = Context.environment["SANDBOX_SYMBOLS"] == "1"

let gnu: [CSetting] = [.define("_GNU_SOURCE")]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, cSettings: gnu, swiftSettings: common)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [], exclude: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources, cSettings: gnu,
        swiftSettings: common)
}

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "sandbox",
    products: [.executable(name: "sandbox", targets: ["sandbox"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.4.0"),
    ],
    targets: [
        .target(name: "CLinux", cSettings: gnu),
        .target(name: "CProfiles", exclude: ["syscalls.tsv"]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "CCap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CFuse", pkgConfig: "fuse3", providers: [.apt(["libfuse3-dev"])]),

        module("Diagnostics"),
        module("LinuxKernel", ["CLinux", "Diagnostics", system]),
        module("RuntimeSpec", ["Diagnostics"]),
        module("Confinement", ["RuntimeSpec", "LinuxKernel", "Diagnostics", "CProfiles", "CSeccomp", "CCap"]),
        module("Cgroups", ["RuntimeSpec", "LinuxKernel", "Diagnostics"]),
        module("ContainerPlan", ["RuntimeSpec", "Diagnostics"]),
        module("ContainerRuntime", ["ContainerPlan", "Confinement", "Cgroups", "LinuxKernel"]),
        module("OverlayModel"),
        module("OverlayServer", ["OverlayModel", "LinuxKernel", "Diagnostics", "CFuse"]),
        module("Review", ["LinuxKernel", "Diagnostics", "CCrypto", "CZlib"]),
        module(
            "ImageStore", ["RuntimeSpec", "OverlayModel", "LinuxKernel", "Diagnostics", "CZlib", "CZstd", "CCrypto"]),
        module("Launcher", ["RuntimeSpec", "ContainerPlan", "OverlayModel", "LinuxKernel", "Diagnostics"]),
        module(
            "SandboxCLI",
            ["ContainerRuntime", "Confinement", "OverlayServer", "ImageStore", "Launcher", "Review", arguments]),
        .executableTarget(
            name: "sandbox", dependencies: ["SandboxCLI"], exclude: ["order.txt"], cSettings: gnu,
            swiftSettings: common,
            linkerSettings: [
                .unsafeFlags(
                    ["-static-executable"] + ordered + (keepsSymbols ? [] : ["-Xlinker", "-s"]),
                    .when(platforms: [.linux], configuration: .release))
            ]),

        // Not a product: what filters cost a start (Benchmarks/filters).
        .executableTarget(
            name: "filter-times", dependencies: ["Confinement", "LinuxKernel", "RuntimeSpec", "Diagnostics"],
            path: "Benchmarks/Filters", cSettings: gnu, swiftSettings: common,
            linkerSettings: [
                .unsafeFlags(
                    ["-static-executable", "-Xlinker", "-s"], .when(platforms: [.linux], configuration: .release))
            ]),
        // Not a product: drives Cgroups alone in the test VM (Tests/VM).
        .executableTarget(
            name: "cgroup-probe", dependencies: ["Cgroups", "LinuxKernel", "RuntimeSpec", "Diagnostics"],
            path: "Tests/VM/Probe", cSettings: gnu, swiftSettings: common,
            linkerSettings: [
                .unsafeFlags(
                    ["-static-executable", "-Xlinker", "-s"], .when(platforms: [.linux], configuration: .release))
            ]),

        // Not a product: random operations on a mounted overlay beside a tree in memory (Tests/KernelTests runs it).
        .executableTarget(
            name: "overlay-walk", dependencies: ["LinuxKernel"], path: "Tests/OverlayWalk", cSettings: gnu,
            swiftSettings: common,
            linkerSettings: [
                .unsafeFlags(
                    ["-static-executable", "-Xlinker", "-s"], .when(platforms: [.linux], configuration: .release))
            ]),

        tests("LinuxKernelTests", ["LinuxKernel", "Diagnostics"]),
        tests("RuntimeSpecTests", ["RuntimeSpec", "Diagnostics"], resources: [.copy("Fixtures")]),
        tests("ConfinementTests", ["Confinement", "CProfiles", "CSeccomp", "CCap"], resources: [.copy("Fixtures")]),
        tests("CgroupsTests", ["Cgroups"]),
        tests("ContainerPlanTests", ["ContainerPlan", "RuntimeSpec", "Diagnostics"], resources: [.copy("Golden")]),
        tests("ImageStoreTests", ["ImageStore"]),
        tests("ContainerRuntimeTests", ["ContainerRuntime"]),
        tests("OverlayModelTests", ["OverlayModel"]),
        tests("ReviewTests", ["Review"]),
        tests("LauncherTests", ["ContainerRuntime", "Launcher", "SandboxCLI"]),
        // Spawns the built executable; says why when it skips.
        tests("KernelTests", ["LinuxKernel", "overlay-walk"], exclude: ["Schemas"]),
    ]
)
