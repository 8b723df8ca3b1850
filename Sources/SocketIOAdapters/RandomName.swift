/// Makes names for processes and requests; not secrets.
enum RandomName {
    /// Letters and digits.
    static func make(_ length: Int) -> String {
        pick(length, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    }

    static func hexadecimal(_ length: Int) -> String {
        pick(length, from: "0123456789abcdef")
    }

    private static func pick(_ length: Int, from letters: String) -> String {
        let letters = Array(letters)
        return String((0..<length).map { _ in letters[Int.random(in: letters.indices)] })
    }
}
