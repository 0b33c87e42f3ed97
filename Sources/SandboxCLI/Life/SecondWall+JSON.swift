import Launcher
import RuntimeSpec

/// The wall in the registry, for those who join.
struct StoredWall: SpecObject {
    var readable: [String]?
    var writable: [String]?
    var bindPorts: [UInt16]?
    var connectPorts: [UInt16]?
    var keepsAbstractSockets = false
    var unknown: [JSON.Member] = []

    static var blank: Self { Self() }
    private init() {}

    /// - Parameter hasOwnNetwork: abstract sockets outside are out of reach anyway.
    init(_ wall: SecondWall, hasOwnNetwork: Bool) {
        if wall.restrictsFiles {
            readable = wall.readable ?? []
            writable = wall.writable ?? []
        }
        bindPorts = wall.bindPorts
        connectPorts = wall.connectPorts
        keepsAbstractSockets = wall.keepsAbstractSockets && !hasOwnNetwork
    }

    mutating func visit(_ properties: inout Properties) {
        properties.optional("readable", &readable)
        properties.optional("writable", &writable)
        properties.optional("bindPorts", &bindPorts)
        properties.optional("connectPorts", &connectPorts)
        properties.defaulted("keepsAbstractSockets", &keepsAbstractSockets)
    }

    /// As the launch had it, but for the scopes: the pid namespace keeps signals inside, and two commands of one sandbox
    /// must reach each other, which two domains of landlock(7) cannot.
    ///
    /// - Parameter isRoot: root inside goes without file rules.
    func wall(isRoot: Bool) -> SecondWall {
        var wall = SecondWall()
        if !isRoot, let readable, let writable {
            wall.restrictsFiles = true
            (wall.readable, wall.writable) = (readable, writable)
        }
        (wall.bindPorts, wall.connectPorts) = (bindPorts, connectPorts)
        wall.keepsAbstractSockets = keepsAbstractSockets
        return wall
    }
}
