/// Tells whether a page seems to give a product's price for machines, so that a person can be asked whether to follow
/// it.
///
/// A hint, as the incumbent has it: JSON-LD, a price and a currency occur somewhere, in any case. Every page that is
/// read is asked, so the search goes from one rare byte to the next and gives up at the first word that is not there.
enum PriceHint {
    static func isIn(_ page: ArraySlice<UInt8>) -> Bool {
        // Safety: a word is compared only where all of it fits in front of the page's end.
        page.withUnsafeBufferPointer { page in
            has("ld+json", rareAt: 2, page) && has("\"pricecurrency\"", rareAt: 0, page)
                && (has("\"price\"", rareAt: 0, page) || has("\"lowprice\"", rareAt: 0, page))
        }
    }

    /// Whether `word` (in lower case) occurs; the byte at `rareAt` has only one case.
    private static func has(_ word: StaticString, rareAt place: Int, _ page: UnsafeBufferPointer<UInt8>) -> Bool {
        let word = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard page.count >= word.count else { return false }
        let last = page.count - word.count + place
        var index = place
        while index <= last, let found = page.find(word[place], from: index, to: last + 1) {
            let start = found - place
            if word.indices.allSatisfy({ ByteClass.lower(page[start + $0]) == word[$0] }) { return true }
            index = found + 1
        }
        return false
    }
}
