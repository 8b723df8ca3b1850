/// Compares two sequences of numbers; what the numbers stand for (lines, words) is the caller's.
enum SequenceDiff {
    /// Which elements of each side have no counterpart on the other; `distinct` is above every number.
    static func marks(_ old: [Int32], _ new: [Int32], distinct: Int) -> (removed: [Bool], added: [Bool]) {
        var removed = [Bool](repeating: false, count: old.count)
        var added = [Bool](repeating: false, count: new.count)
        var start = 0
        while start < old.count, start < new.count, old[start] == new[start] { start += 1 }
        var oldEnd = old.count, newEnd = new.count
        while oldEnd > start, newEnd > start, old[oldEnd - 1] == new[newEnd - 1] {
            oldEnd -= 1
            newEnd -= 1
        }
        let (oldKept, newKept) = unmatched(old, start..<oldEnd, new, start..<newEnd, distinct, &removed, &added)
        var search = Myers(oldKept.map { old[$0] }, newKept.map { new[$0] })
        search.run()
        for (place, index) in oldKept.enumerated() where search.removed[place] { removed[index] = true }
        for (place, index) in newKept.enumerated() where search.added[place] { added[index] = true }
        slide(old, &removed, new, &added)
        return (removed, added)
    }

    /// Marks what occurs on one side only and gives the places of the rest.
    private static func unmatched(
        _ old: [Int32], _ oldRange: Range<Int>, _ new: [Int32], _ newRange: Range<Int>, _ distinct: Int,
        _ removed: inout [Bool], _ added: inout [Bool]
    ) -> ([Int], [Int]) {
        var sides = [UInt8](repeating: 0, count: distinct)
        for index in oldRange { sides[Int(old[index])] |= 1 }
        for index in newRange { sides[Int(new[index])] |= 2 }
        for index in oldRange where sides[Int(old[index])] != 3 { removed[index] = true }
        for index in newRange where sides[Int(new[index])] != 3 { added[index] = true }
        return (oldRange.filter { !removed[$0] }, newRange.filter { !added[$0] })
    }

    /// Moves each run that only one side has down as far as equal elements allow, so that an inserted block ends where
    /// a person would say.
    private static func slide(_ old: [Int32], _ removed: inout [Bool], _ new: [Int32], _ added: inout [Bool]) {
        var oldAt = 0, newAt = 0
        while oldAt < old.count || newAt < new.count {
            var oldEnd = oldAt, newEnd = newAt
            while oldEnd < old.count, removed[oldEnd] { oldEnd += 1 }
            while newEnd < new.count, added[newEnd] { newEnd += 1 }
            let isRemoval = oldEnd > oldAt && newEnd == newAt, isAddition = newEnd > newAt && oldEnd == oldAt
            while oldEnd < old.count, newEnd < new.count, !removed[oldEnd], !added[newEnd] {
                if isRemoval, old[oldAt] == old[oldEnd] {
                    removed[oldAt] = false
                    removed[oldEnd] = true
                } else if isAddition, new[newAt] == new[newEnd] {
                    added[newAt] = false
                    added[newEnd] = true
                } else {
                    break
                }
                oldAt += 1
                newAt += 1
                oldEnd += 1
                newEnd += 1
            }
            oldAt = oldEnd
            newAt = newEnd
            // One pair of equal elements follows each run.
            while oldAt < old.count, newAt < new.count, !removed[oldAt], !added[newAt] {
                oldAt += 1
                newAt += 1
            }
        }
    }
}

/// Myers' comparison by divide and conquer: the middle of a shortest path is found from both ends, then each half
/// likewise.
struct Myers {
    /// How many differences are followed from each end before the furthest point reached is taken as the middle.
    private static let costCap = 256

    private let old: [Int32]
    private let new: [Int32]
    private(set) var removed: [Bool]
    private(set) var added: [Bool]
    /// The furthest old place on each diagonal, from the front and from the back.
    private var forward: [Int32]
    private var backward: [Int32]
    private let zero: Int

    init(_ old: [Int32], _ new: [Int32]) {
        self.old = old
        self.new = new
        removed = [Bool](repeating: false, count: old.count)
        added = [Bool](repeating: false, count: new.count)
        // Diagonals run from -new.count - 1 to old.count + 1.
        zero = new.count + 2
        forward = [Int32](repeating: 0, count: old.count + new.count + 5)
        backward = forward
    }

    mutating func run() {
        var open = [(old: 0..<old.count, new: 0..<new.count)]
        // A list instead of recursion, so that no input exhausts the stack.
        while let (oldRange, newRange) = open.popLast() {
            var low = oldRange.lowerBound, high = oldRange.upperBound
            var newLow = newRange.lowerBound, newHigh = newRange.upperBound
            while low < high, newLow < newHigh, old[low] == new[newLow] {
                low += 1
                newLow += 1
            }
            while low < high, newLow < newHigh, old[high - 1] == new[newHigh - 1] {
                high -= 1
                newHigh -= 1
            }
            if low == high {
                for index in newLow..<newHigh { added[index] = true }
            } else if newLow == newHigh {
                for index in low..<high { removed[index] = true }
            } else {
                let (x, y) = middle(low, high, newLow, newHigh)
                guard (x, y) != (low, newLow), (x, y) != (high, newHigh) else {
                    // No point in between was found within the cap: all of the box differs.
                    for index in low..<high { removed[index] = true }
                    for index in newLow..<newHigh { added[index] = true }
                    continue
                }
                open.append((x..<high, y..<newHigh))
                open.append((low..<x, newLow..<y))
            }
        }
    }

    /// A point on a shortest path from the lower left to the upper right of the given box, or near one beyond the cost
    /// cap.
    ///
    /// The first elements differ and the last elements differ, so a path has at least two steps and neither half is the
    /// whole box.
    private mutating func middle(_ low: Int, _ high: Int, _ newLow: Int, _ newHigh: Int) -> (Int, Int) {
        let least = low - newHigh, most = high - newLow
        let front = low - newLow, back = high - newHigh
        let isOdd = (front - back) & 1 != 0
        var frontLow = front, frontHigh = front, backLow = back, backHigh = back
        forward[zero + front] = Int32(truncatingIfNeeded: low)
        backward[zero + back] = Int32(truncatingIfNeeded: high)
        var cost = 0
        while true {
            cost += 1
            widen(&frontLow, &frontHigh, least, most) { $0.forward[$0.zero + $1] = -1 }
            for diagonal in stride(from: frontHigh, through: frontLow, by: -2) {
                let before = forward[zero + diagonal - 1], after = forward[zero + diagonal + 1]
                var x = Int(before < after ? after : before + 1)
                while x < high, x - diagonal < newHigh, old[x] == new[x - diagonal] { x += 1 }
                forward[zero + diagonal] = Int32(truncatingIfNeeded: x)
                if isOdd, diagonal >= backLow, diagonal <= backHigh, Int(backward[zero + diagonal]) <= x {
                    return (x, x - diagonal)
                }
            }
            widen(&backLow, &backHigh, least, most) { $0.backward[$0.zero + $1] = Int32.max }
            for diagonal in stride(from: backHigh, through: backLow, by: -2) {
                let before = backward[zero + diagonal - 1], after = backward[zero + diagonal + 1]
                var x = Int(before < after ? before : after - 1)
                while x > low, x - diagonal > newLow, old[x - 1] == new[x - 1 - diagonal] { x -= 1 }
                backward[zero + diagonal] = Int32(truncatingIfNeeded: x)
                if !isOdd, diagonal >= frontLow, diagonal <= frontHigh, x <= Int(forward[zero + diagonal]) {
                    return (x, x - diagonal)
                }
            }
            if cost >= Self.costCap {
                return furthest(low, high, newLow, newHigh, (frontLow, frontHigh), (backLow, backHigh))
            }
        }
    }

    /// Takes one more diagonal on each side, or one less where the box ends, and closes the new edges off.
    private mutating func widen(
        _ lowest: inout Int, _ highest: inout Int, _ least: Int, _ most: Int, _ close: (inout Myers, Int) -> Void
    ) {
        if lowest > least {
            lowest -= 1
            close(&self, lowest - 1)
        } else {
            lowest += 1
        }
        if highest < most {
            highest += 1
            close(&self, highest + 1)
        } else {
            highest -= 1
        }
    }

    /// The point that is furthest from its corner, seen from the front or from the back.
    private func furthest(
        _ low: Int, _ high: Int, _ newLow: Int, _ newHigh: Int, _ front: (Int, Int), _ back: (Int, Int)
    ) -> (Int, Int) {
        var best = (gain: -1, x: low, y: newLow)
        for diagonal in stride(from: front.1, through: front.0, by: -2) {
            let x = min(Int(forward[zero + diagonal]), high, newHigh + diagonal)
            let y = x - diagonal
            guard x >= low, y >= newLow else { continue }
            let gain = (x - low) + (y - newLow)
            if gain > best.gain { best = (gain, x, y) }
        }
        for diagonal in stride(from: back.1, through: back.0, by: -2) {
            let x = max(Int(backward[zero + diagonal]), low, newLow + diagonal)
            let y = x - diagonal
            guard x <= high, y <= newHigh else { continue }
            let gain = (high - x) + (newHigh - y)
            if gain > best.gain { best = (gain, x, y) }
        }
        return (best.x, best.y)
    }
}
