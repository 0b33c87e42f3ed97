/// An address of a device, as it is given to another one (rtnetlink(7) struct ifaddrmsg and its attributes).
package struct LinkAddress: Equatable, Sendable {
    var family: UInt8
    var prefixLength: UInt8
    var attributes: [RouteAttribute]
}

extension RouteSocket {
    /// The device with a name; ENODEV when there is none.
    package func link(named name: String) throws(Errno) -> LinkFacts {
        // RTM_GETLINK, IFLA_IFNAME
        let answers = try ask(18, flags: 0, body: linkBody(), [RouteAttribute(3, text: name)])
        guard let facts = answers.lazy.compactMap({ facts($0.body) }).first else {
            throw .operationNotSupportedByDevice
        }
        return facts
    }

    /// All devices of the namespace.
    package func links() throws(Errno) -> [LinkFacts] {
        try ask(18, flags: RouteFlag.dump, body: linkBody()).compactMap { facts($0.body) }
    }

    /// Moves a device into another network namespace and gives it a name there; the kernel switches it off for that.
    package func move(_ index: Int32, to namespace: CInt, name: String) throws(Errno) {
        // RTM_NEWLINK, IFLA_NET_NS_FD, IFLA_IFNAME
        _ = try ask(
            16, flags: 0, body: linkBody(index: index),
            [RouteAttribute(28, number: UInt32(bitPattern: namespace)), RouteAttribute(3, text: name)])
    }

    /// Switches a device on.
    package func raise(_ index: Int32) throws(Errno) {
        _ = try ask(16, flags: 0, body: linkBody(index: index, flags: 1, change: 1))  // IFF_UP
    }

    /// The addresses of a device that are there for good and valid everywhere (IFA_F_PERMANENT, RT_SCOPE_UNIVERSE).
    package func lastingAddresses(_ index: Int32) throws(Errno) -> [LinkAddress] {
        var addresses: [LinkAddress] = []
        for answer in try ask(22, flags: RouteFlag.dump, body: [UInt8](repeating: 0, count: 8)) {  // RTM_GETADDR
            let body = answer.body
            guard body.count >= 8, number(body[...], 4) as Int32 == index, body[3] == 0 else { continue }
            let attributes = routeAttributes(body, after: 8)
            // IFA_FLAGS has what the header's byte has no room for.
            let wide = attributes.first { $0.type == 8 }.map { number($0.bytes[...], 0) as UInt32 }
            guard (wide ?? UInt32(body[2])) & 0x80 != 0 else { continue }
            // IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST: the rest is the kernel's, or names the old device.
            let kept = attributes.filter { [1, 2, 4].contains($0.type) }
            addresses.append(LinkAddress(family: body[0], prefixLength: body[1], attributes: kept))
        }
        return addresses
    }

    /// Gives a device an address; one that it has already stays.
    package func add(_ address: LinkAddress, to index: Int32) throws(Errno) {
        let body = [address.family, address.prefixLength, 0, 0] + nativeBytes(index)
        _ = try ask(20, flags: RouteFlag.create | RouteFlag.replace, body: body, address.attributes)  // RTM_NEWADDR
    }
}

/// struct ifinfomsg.
private func linkBody(index: Int32 = 0, flags: UInt32 = 0, change: UInt32 = 0) -> [UInt8] {
    [UInt8](repeating: 0, count: 4) + nativeBytes(index) + nativeBytes(flags) + nativeBytes(change)
}

private func facts(_ body: [UInt8]) -> LinkFacts? {
    guard body.count >= 16, let name = routeAttributes(body, after: 16).first(where: { $0.type == 3 }) else {
        return nil
    }
    return LinkFacts(
        index: number(body[...], 4), name: String(decoding: name.bytes.prefix { $0 != 0 }, as: UTF8.self),
        isUp: (number(body[...], 8) as UInt32) & 1 != 0)
}
