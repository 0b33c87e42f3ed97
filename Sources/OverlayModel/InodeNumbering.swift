/// Inode numbers of the one device the overlay shows, from the devices and numbers of its layers.
///
/// Devices are numbered in the order they are met; the layers' own are met at mount, in their order, so numbers
/// stay the same over a remount. A device's index sits in the top 16 bits; a number that does not fit in 48 bits is
/// folded, which keeps it stable and makes a clash improbable rather than impossible.
package struct InodeNumbering: Sendable {
    private var devices: [UInt64] = []
    package static let indexShift: UInt64 = 48

    package init() {}

    /// The index of a device, given out at first sight.
    package mutating func index(of device: UInt64) -> UInt64 {
        if let index = devices.firstIndex(of: device) { return UInt64(index) }
        devices.append(device)
        return UInt64(devices.count - 1)
    }

    /// The number shown for inode `inode` of the device with index `index`; never 0 or 1 for another's root.
    package static func number(index: UInt64, inode: UInt64) -> UInt64 {
        let limit: UInt64 = 1 << indexShift
        let folded = inode < limit ? inode : (inode ^ (inode >> indexShift) &* 0x9E37_79B9) % limit
        return (index & 0x7FFF) << indexShift | folded
    }
}
