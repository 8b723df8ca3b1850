internal import CCurl

/// Seconds since 1970 of a date as HTTP writes it, in any of its three forms; nil when it is none.
public func httpDate(_ text: String) -> Int64? {
    guard text.utf8.count <= 64 else { return nil }
    let seconds = curl_getdate(text, nil)
    return seconds < 0 ? nil : Int64(seconds)
}
