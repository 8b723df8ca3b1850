/// Which pixels of two pictures differ by more than noise.
///
/// The difference of each colour is blurred (Gaussian, sigma 3, as three boxes of 5, 5 and 7 pixels, whose product is
/// the kernel below) and a pixel differs when one of its colours is still beyond the sensitivity. Blurring the
/// difference is the same as blurring both pictures, at half the work, and rows without a difference cost a comparison
/// of their bytes. Colours are looked at one by one: red that becomes a green of the same brightness is a difference.
struct PixelDifference {
    /// The three boxes in one; it sums up to 175.
    private static let kernel: [Int32] = [1, 3, 6, 10, 15, 19, 22, 23, 22, 19, 15, 10, 6, 3, 1]
    private static let reach = 7
    private static let weight: Int32 = 175 * 175

    /// 1 for each pixel that differs, row by row over the larger width and height of both.
    private(set) var marks: [UInt8]
    let width: Int
    let height: Int
    private(set) var count = 0

    init(_ old: PixelGrid, _ new: PixelGrid, sensitivity: Int) {
        width = max(old.width, new.width)
        height = max(old.height, new.height)
        marks = [UInt8](repeating: 0, count: width * height)
        let shared = (width: min(old.width, new.width), height: min(old.height, new.height))
        markEdges(beyond: shared)
        markDifferences(old, new, shared, threshold: Int32(clamping: sensitivity) * Self.weight)
        count = marks.reduce(0) { $0 + Int($1) }
    }

    /// Of all pixels, those that differ.
    var percent: Double { 100 * Double(count) / Double(max(1, width * height)) }

    /// The smallest rectangle around all of them, as left, upper, right and lower; nil when none differs.
    var bounds: (left: Int, upper: Int, right: Int, lower: Int)? {
        guard count > 0 else { return nil }
        var left = width, right = 0, upper = height, lower = 0
        for row in 0..<height {
            let line = marks[row * width..<(row + 1) * width]
            guard let first = line.firstIndex(of: 1), let last = line.lastIndex(of: 1) else { continue }
            left = min(left, first - row * width)
            right = max(right, last - row * width + 1)
            upper = min(upper, row)
            lower = row + 1
        }
        return (left, upper, right, lower)
    }

    /// What only one of the pictures has differs.
    private mutating func markEdges(beyond shared: (width: Int, height: Int)) {
        for row in 0..<height {
            let from = row < shared.height ? shared.width : 0
            for column in from..<width { marks[row * width + column] = 1 }
        }
    }

    private mutating func markDifferences(
        _ old: PixelGrid, _ new: PixelGrid, _ shared: (width: Int, height: Int), threshold: Int32
    ) {
        guard shared.height > 0 else { return }
        // Row by row as far as the kernel reaches; nil stands for a row of zeros.
        var rows = (-Self.reach..<Self.reach).map { Self.blurred(old, new, shared, row: $0) }
        var sums = [Int32](repeating: 0, count: 3 * shared.width)
        for row in 0..<shared.height {
            rows.append(Self.blurred(old, new, shared, row: row + Self.reach))
            defer { rows.removeFirst() }
            guard rows.contains(where: { $0 != nil }) else { continue }
            for index in sums.indices { sums[index] = 0 }
            for (factor, line) in zip(Self.kernel, rows) {
                guard let line else { continue }
                for index in sums.indices { sums[index] &+= factor &* line[index] }
            }
            for column in 0..<shared.width {
                let most = max(abs(sums[3 * column]), abs(sums[3 * column + 1]), abs(sums[3 * column + 2]))
                if most > threshold { marks[row * width + column] = 1 }
            }
        }
    }

    /// One row's differences, blurred along the row; a row beyond the edge is the one at the edge.
    private static func blurred(
        _ old: PixelGrid, _ new: PixelGrid, _ shared: (width: Int, height: Int), row: Int
    ) -> [Int32]? {
        let row = min(max(row, 0), shared.height - 1)
        let count = 3 * shared.width
        let one = old.bytes[3 * row * old.width..<3 * row * old.width + count]
        let other = new.bytes[3 * row * new.width..<3 * row * new.width + count]
        if one == other { return nil }
        let padding = 3 * reach
        var line = [Int32](repeating: 0, count: count + 2 * padding)
        var place = padding
        for (before, after) in zip(one, other) {
            line[place] = Int32(after) - Int32(before)
            place += 1
        }
        for index in 0..<padding {
            line[index] = line[padding + index % 3]
            line[padding + count + index] = line[padding + count - 3 + index % 3]
        }
        var result = [Int32](repeating: 0, count: count)
        for (step, factor) in kernel.enumerated() {
            for index in 0..<count { result[index] &+= factor &* line[index + 3 * step] }
        }
        return result
    }
}
