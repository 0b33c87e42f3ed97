import Confinement

/// What the kernel hands a filter (`struct seccomp_data`).
struct CallData {
    var number: UInt32
    var architecture: UInt32
    var arguments: [UInt64] = [0, 0, 0, 0, 0, 0]

    /// A 32-bit word of the structure, in this little-endian machine's layout.
    func word(at offset: Int) -> UInt32? {
        switch offset {
        case 0: number
        case 4: architecture
        case 8, 12: 0
        case 16..<64 where offset % 4 == 0:
            UInt32(truncatingIfNeeded: arguments[(offset - 16) / 8] >> (offset % 8 == 4 ? 32 : 0))
        default: nil
        }
    }
}

/// Runs classic BPF as the kernel would.
struct FilterInterpreter {
    enum Fault: Error, Equatable { case badInstruction(Int), ranOff, badLoad(Int) }

    let program: [FilterInstruction]

    /// The verdict, and how many instructions it took.
    func run(_ data: CallData) throws -> (verdict: UInt32, steps: Int) {
        var accumulator: UInt32 = 0
        var counter = 0
        var steps = 0
        while counter < program.count {
            let instruction = program[counter]
            counter += 1
            steps += 1
            func jump(_ taken: Bool) { counter += Int(taken ? instruction.jumpTrue : instruction.jumpFalse) }
            switch instruction.code {
            case 0x20:
                guard let word = data.word(at: Int(instruction.operand)) else {
                    throw Fault.badLoad(Int(instruction.operand))
                }
                accumulator = word
            case 0x54: accumulator &= instruction.operand
            case 0x05: counter += Int(instruction.operand)
            case 0x15: jump(accumulator == instruction.operand)
            case 0x25: jump(accumulator > instruction.operand)
            case 0x35: jump(accumulator >= instruction.operand)
            case 0x45: jump(accumulator & instruction.operand != 0)
            case 0x06: return (instruction.operand, steps)
            default: throw Fault.badInstruction(counter - 1)
            }
        }
        throw Fault.ranOff
    }
}
