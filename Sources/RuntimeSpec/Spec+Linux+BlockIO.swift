extension Spec.Linux.Resources {
    /// Block device bandwidth.
    package struct BlockIO: SpecObject {
        /// 10 to 1000.
        package var weight: UInt16?
        /// cgroup v1 only: against the groups below; 10 to 1000.
        package var leafWeight: UInt16?
        /// Weights of single devices.
        package var weightDevice: [WeightDevice]?
        /// Bytes read in a second.
        package var throttleReadBpsDevice: [ThrottleDevice]?
        /// Bytes written in a second.
        package var throttleWriteBpsDevice: [ThrottleDevice]?
        /// Reads in a second.
        package var throttleReadIOPSDevice: [ThrottleDevice]?
        /// Writes in a second.
        package var throttleWriteIOPSDevice: [ThrottleDevice]?
        package var unknown: [JSON.Member] = []

        package init(
            weight: UInt16? = nil, leafWeight: UInt16? = nil, weightDevice: [WeightDevice]? = nil,
            throttleReadBpsDevice: [ThrottleDevice]? = nil, throttleWriteBpsDevice: [ThrottleDevice]? = nil,
            throttleReadIOPSDevice: [ThrottleDevice]? = nil, throttleWriteIOPSDevice: [ThrottleDevice]? = nil
        ) {
            self.weight = weight
            self.leafWeight = leafWeight
            self.weightDevice = weightDevice
            self.throttleReadBpsDevice = throttleReadBpsDevice
            self.throttleWriteBpsDevice = throttleWriteBpsDevice
            self.throttleReadIOPSDevice = throttleReadIOPSDevice
            self.throttleWriteIOPSDevice = throttleWriteIOPSDevice
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("weight", &weight)
            properties.optional("leafWeight", &leafWeight)
            properties.optional("weightDevice", &weightDevice)
            properties.optional("throttleReadBpsDevice", &throttleReadBpsDevice)
            properties.optional("throttleWriteBpsDevice", &throttleWriteBpsDevice)
            properties.optional("throttleReadIOPSDevice", &throttleReadIOPSDevice)
            properties.optional("throttleWriteIOPSDevice", &throttleWriteIOPSDevice)
        }
    }

    /// The weight of one device.
    package struct WeightDevice: SpecObject {
        /// Major number.
        package var major: Int64
        /// Minor number.
        package var minor: Int64
        /// 10 to 1000.
        package var weight: UInt16?
        /// cgroup v1 only; 10 to 1000.
        package var leafWeight: UInt16?
        package var unknown: [JSON.Member] = []

        package init(major: Int64, minor: Int64, weight: UInt16? = nil, leafWeight: UInt16? = nil) {
            self.major = major
            self.minor = minor
            self.weight = weight
            self.leafWeight = leafWeight
        }

        package static var blank: Self { Self(major: 0, minor: 0) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("major", &major)
            properties.required("minor", &minor)
            properties.optional("weight", &weight)
            properties.optional("leafWeight", &leafWeight)
        }
    }

    /// A limit of one device.
    package struct ThrottleDevice: SpecObject {
        /// Major number.
        package var major: Int64
        /// Minor number.
        package var minor: Int64
        /// In a second: bytes, or operations.
        package var rate: UInt64
        package var unknown: [JSON.Member] = []

        package init(major: Int64, minor: Int64, rate: UInt64) {
            self.major = major
            self.minor = minor
            self.rate = rate
        }

        package static var blank: Self { Self(major: 0, minor: 0, rate: 0) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("major", &major)
            properties.required("minor", &minor)
            properties.required("rate", &rate)
        }
    }
}
