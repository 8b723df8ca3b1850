/// What the bridge needs of the socket server; the tests of its rules listen in its place.
protocol RealtimeRooms: Sendable {
    /// What those hear who want every watch's updates.
    var feed: NewsFeed { get }

    func hasMembers(_ room: String) -> Bool

    /// Sends an event with one argument, already JSON, to everybody in any of `rooms`, once each, but for those who
    /// hear everything, and for those who have not read what they were sent: they are told what became of `matter` when
    /// they have.
    func offer(_ event: String, _ json: [UInt8], about matter: Matter, to rooms: [String])

    /// Sends events to everybody in any of `rooms` when nothing else is to be done; returns when it has been to all.
    func announce(_ events: [(event: RealtimeEvent, json: [UInt8])], to rooms: [String]) async

    /// Gives everybody who hears everything what is next for them, when nothing else is to be done; returns when it has
    /// been to all.
    func goRound() async
}
