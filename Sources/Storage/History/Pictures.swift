import Domain
import GRDB

/// Whether a version shows a picture, and whether that is still there.
public enum PictureState: Hashable, Sendable {
    case kept
    /// It has been let go, as those of all but the newest versions are.
    case letGo
}

/// Keeps the pictures of a watch's newest versions; equal ones are stored once, whoever shows them.
///
/// They stand as they came: PNG, JPEG, GIF and WebP are pressed already, and whoever looks at one wants what the server
/// sent.
struct Pictures {
    let db: Database

    /// Keeps a picture beside its snapshot and lets go of those of which `count` newer ones are kept; that their
    /// versions were pictures stays known.
    func keep(_ picture: Picture, of key: Int64, version: SnapshotVersion, count: Int) throws {
        let hash = Contents.hash(picture.bytes)
        var id = try db.number("SELECT id FROM picture WHERE hash = ?", hash)
        if id == nil {
            try db.run(
                "INSERT INTO picture (hash, media_type, width, height, body) VALUES (?, ?, ?, ?, ?)", hash,
                picture.mediaType, picture.width, picture.height, picture.bytes)
            id = db.lastInsertedRowID
        }
        try db.run("INSERT INTO snapshot_picture (watch, version, picture) VALUES (?, ?, ?)", key, version, id)
        try db.run(
            """
            UPDATE snapshot_picture SET picture = NULL WHERE watch = ?1 AND picture IS NOT NULL AND version <=
                (SELECT version FROM snapshot_picture WHERE watch = ?1 AND picture IS NOT NULL
                    ORDER BY version DESC LIMIT 1 OFFSET ?2)
            """, key, max(1, count))
    }

    /// The picture of one version, or of the newest that has one; nil when there is none.
    func picture(of key: Int64, version: SnapshotVersion?) throws -> Picture? {
        let query = try db.query(
            """
            SELECT media_type, width, height, body FROM snapshot_picture JOIN picture ON picture.id = snapshot_picture.picture
            WHERE watch = ?1 AND (?2 IS NULL OR version = ?2) ORDER BY version DESC LIMIT 1
            """, key, version)
        guard try query.step() else { return nil }
        return Picture(
            mediaType: query.text(0), width: query.count(1), height: query.count(2), bytes: query.bytes(3))
    }

    /// nil for a version that shows no picture; reads none of it.
    func state(of watch: WatchID, version: SnapshotVersion) throws -> PictureState? {
        let query = try db.query(
            """
            SELECT picture FROM snapshot_picture
            WHERE watch = (SELECT id FROM watch WHERE uuid = ?) AND version = ?
            """, watch.uuid, version)
        guard try query.step() else { return nil }
        return query.isNull(0) ? .letGo : .kept
    }

    /// Moves what was stored per version into the tables in which equal pictures are one.
    func share() throws {
        var old: [(watch: Int64, version: Int64)] = []
        do {
            let query = try db.query("SELECT watch, version FROM picture_per_version ORDER BY watch, version")
            while try query.step() { old.append((query.int(0), query.int(1))) }
        }
        for (watch, version) in old {
            let picture: Picture
            do {
                let query = try db.query(
                    "SELECT media_type, width, height, body FROM picture_per_version WHERE watch = ? AND version = ?",
                    watch, version)
                guard try query.step() else { continue }
                picture = Picture(
                    mediaType: query.text(0), width: query.count(1), height: query.count(2), bytes: query.bytes(3))
            }
            try keep(picture, of: watch, version: SnapshotVersion(version), count: .max)
        }
    }
}
