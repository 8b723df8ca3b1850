/// The versions of Engine.IO that clients speak, by the number they put into `EIO`.
///
/// Clients of Socket.IO 3 and 4 speak version 4, those of Socket.IO 1 and 2 version 3.
public enum ProtocolVersion: Int, Sendable, CaseIterable {
    case three = 3
    case four = 4
}

/// How the packets of one polling body are put together.
public enum PayloadForm: Sendable, Equatable {
    /// Version 4: parted by the record separator, bytes as base64.
    case separated
    /// Version 3: each with its length in front; as bytes when one of them is binary and the client can read that.
    case counted(allowsBinary: Bool)
}
