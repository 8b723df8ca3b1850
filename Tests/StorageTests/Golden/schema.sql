CREATE TABLE body_base (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    watch INTEGER NOT NULL UNIQUE REFERENCES watch (id) ON DELETE CASCADE,
    byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
    body BLOB NOT NULL
) STRICT;

CREATE TABLE check_record (
    watch INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number > 0),
    started_at INTEGER NOT NULL,
    duration INTEGER NOT NULL CHECK (duration >= 0),
    status INTEGER,
    byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
    result INTEGER NOT NULL CHECK (result BETWEEN 0 AND 3),
    failure TEXT,
    failure_detail TEXT, trace TEXT CHECK (trace IS NULL OR json_valid(trace)), version INTEGER,
    PRIMARY KEY (watch, number),
    CONSTRAINT failure_is_said CHECK ((failure IS NOT NULL) = (result = 2))
) STRICT, WITHOUT ROWID;

CREATE TABLE content (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
    reference_count INTEGER NOT NULL DEFAULT 0 CHECK (reference_count >= 0),
    depth INTEGER NOT NULL DEFAULT 0 CHECK (depth BETWEEN 0 AND 64),
    base INTEGER REFERENCES content (id),
    body BLOB NOT NULL,
    CONSTRAINT delta_has_depth CHECK ((base IS NULL) = (depth = 0))
) STRICT;

CREATE INDEX content_by_base ON content (base) WHERE base IS NOT NULL;

CREATE TRIGGER content_based AFTER INSERT ON content WHEN NEW.base IS NOT NULL BEGIN
    UPDATE content SET reference_count = reference_count + 1 WHERE id = NEW.base;
END;

CREATE TRIGGER content_never_edited BEFORE UPDATE OF hash, byte_count, depth, base, body ON content BEGIN
    SELECT RAISE(ABORT, 'a content is never edited');
END;

CREATE TRIGGER content_released AFTER UPDATE OF reference_count ON content WHEN NEW.reference_count = 0 BEGIN
    DELETE FROM content WHERE id = NEW.id;
END;

CREATE TRIGGER content_unbased AFTER DELETE ON content WHEN OLD.base IS NOT NULL BEGIN
    UPDATE content SET reference_count = reference_count - 1 WHERE id = OLD.base;
END;

CREATE TABLE edit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    requester_kind TEXT NOT NULL CHECK (requester_kind IN ('anonymous', 'person', 'key', 'machine')),
    requester TEXT NOT NULL,
    thing_kind TEXT NOT NULL CHECK (thing_kind IN ('watch', 'tag', 'settings')),
    thing BLOB CHECK (thing IS NULL OR length(thing) = 16),
    action TEXT NOT NULL CHECK (action <> ''),
    before TEXT CHECK (before IS NULL OR json_valid(before)),
    after TEXT CHECK (after IS NULL OR json_valid(after)),
    CONSTRAINT settings_have_no_uuid CHECK ((thing IS NULL) = (thing_kind = 'settings')),
    CONSTRAINT nothing_before_creation CHECK ((before IS NULL) = (action = 'created')),
    CONSTRAINT nothing_after_deletion CHECK ((after IS NULL) = (action = 'deleted'))
) STRICT;

CREATE INDEX edit_by_thing ON edit (thing);

CREATE TABLE host_hold (
    host TEXT NOT NULL PRIMARY KEY CHECK (host <> ''),
    until INTEGER NOT NULL,
    failures INTEGER NOT NULL CHECK (failures >= 0),
    asked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE last_text (
    watch INTEGER PRIMARY KEY REFERENCES watch (id) ON DELETE CASCADE,
    byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
    body BLOB NOT NULL
) STRICT;

CREATE TABLE page_body (
    watch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    content_type TEXT,
    byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
    body BLOB NOT NULL, base INTEGER,
    PRIMARY KEY (watch, version),
    FOREIGN KEY (watch, version) REFERENCES snapshot (watch, version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TRIGGER body_base_released AFTER DELETE ON page_body
    WHEN NOT EXISTS (SELECT 1 FROM page_body WHERE watch = OLD.watch)
BEGIN
    DELETE FROM body_base WHERE watch = OLD.watch;
END;

CREATE TABLE picture (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    reference_count INTEGER NOT NULL DEFAULT 0 CHECK (reference_count >= 0),
    media_type TEXT NOT NULL,
    width INTEGER NOT NULL CHECK (width > 0),
    height INTEGER NOT NULL CHECK (height > 0),
    body BLOB NOT NULL
) STRICT;

CREATE TRIGGER picture_released AFTER UPDATE OF reference_count ON picture WHEN NEW.reference_count = 0 BEGIN
    DELETE FROM picture WHERE id = NEW.id;
END;

CREATE TABLE price (
    watch INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE,
    found_at INTEGER NOT NULL,
    amount REAL,
    currency TEXT,
    in_stock INTEGER CHECK (in_stock IN (0, 1)),
    availability TEXT,
    told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),
    PRIMARY KEY (watch, found_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX price_by_amount ON price (watch, amount) WHERE amount IS NOT NULL;

CREATE TABLE seen_line (
    watch INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    PRIMARY KEY (watch, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot (
    watch INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE,
    version INTEGER NOT NULL CHECK (version > 0),
    taken_at INTEGER NOT NULL,
    content INTEGER NOT NULL REFERENCES content (id), trace TEXT CHECK (trace IS NULL OR json_valid(trace)),
    PRIMARY KEY (watch, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX snapshot_by_content ON snapshot (content);

CREATE TRIGGER snapshot_dropped AFTER DELETE ON snapshot BEGIN
    UPDATE content SET reference_count = reference_count - 1 WHERE id = OLD.content;
    UPDATE watch SET history_count = history_count - 1,
        newest_version = (SELECT max(version) FROM snapshot WHERE watch = OLD.watch) WHERE id = OLD.watch;
END;

CREATE TRIGGER snapshot_kept AFTER INSERT ON snapshot BEGIN
    UPDATE content SET reference_count = reference_count + 1 WHERE id = NEW.content;
    UPDATE watch SET history_count = history_count + 1,
        newest_version = max(coalesce(newest_version, 0), NEW.version) WHERE id = NEW.watch;
END;

CREATE TRIGGER snapshot_never_edited BEFORE UPDATE ON snapshot BEGIN
    SELECT RAISE(ABORT, 'a snapshot is never edited');
END;

CREATE TABLE snapshot_picture (
    watch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    picture INTEGER REFERENCES picture (id),
    PRIMARY KEY (watch, version),
    FOREIGN KEY (watch, version) REFERENCES snapshot (watch, version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX snapshot_picture_by_picture ON snapshot_picture (picture) WHERE picture IS NOT NULL;

CREATE TRIGGER picture_dropped AFTER DELETE ON snapshot_picture WHEN OLD.picture IS NOT NULL BEGIN
    UPDATE picture SET reference_count = reference_count - 1 WHERE id = OLD.picture;
END;

CREATE TRIGGER picture_kept AFTER INSERT ON snapshot_picture WHEN NEW.picture IS NOT NULL BEGIN
    UPDATE picture SET reference_count = reference_count + 1 WHERE id = NEW.picture;
END;

CREATE TRIGGER picture_let_go AFTER UPDATE OF picture ON snapshot_picture
    WHEN OLD.picture IS NOT NULL AND NEW.picture IS NULL
BEGIN
    UPDATE picture SET reference_count = reference_count - 1 WHERE id = OLD.picture;
END;

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE suspect (
    watch INTEGER PRIMARY KEY REFERENCES watch (id) ON DELETE CASCADE,
    deaths INTEGER NOT NULL CHECK (deaths > 0)
) STRICT;

CREATE TABLE tag (
    id INTEGER PRIMARY KEY,
    uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    title TEXT NOT NULL CHECK (title <> ''),
    title_key TEXT NOT NULL UNIQUE CHECK (title_key <> ''),
    created_at INTEGER NOT NULL
, settings TEXT CHECK (settings IS NULL OR json_valid(settings)), addresses TEXT NOT NULL DEFAULT '', colour TEXT CHECK (colour IS NULL OR colour GLOB '#*'), notification_muted INTEGER NOT NULL DEFAULT 0 CHECK (notification_muted IN (0, 1))) STRICT;

CREATE INDEX tag_with_addresses ON tag (id) WHERE addresses <> '';

CREATE INDEX tag_with_settings ON tag (id) WHERE settings IS NOT NULL;

CREATE TRIGGER tag_counted AFTER INSERT ON tag BEGIN
    UPDATE totals SET tags = tags + 1;
END;

CREATE TRIGGER tag_uncounted AFTER DELETE ON tag BEGIN
    UPDATE totals SET tags = tags - 1;
END;

CREATE TABLE totals (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    watches INTEGER NOT NULL DEFAULT 0 CHECK (watches >= 0),
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused >= 0),
    unviewed INTEGER NOT NULL DEFAULT 0 CHECK (unviewed >= 0),
    failing INTEGER NOT NULL DEFAULT 0 CHECK (failing >= 0),
    tags INTEGER NOT NULL DEFAULT 0 CHECK (tags >= 0)
) STRICT;

CREATE TABLE watch (
    id INTEGER PRIMARY KEY,
    uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    next_due_at INTEGER,
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    notification_muted INTEGER NOT NULL DEFAULT 0 CHECK (notification_muted IN (0, 1)),
    revision INTEGER NOT NULL DEFAULT 1 CHECK (revision > 0),
    created_at INTEGER NOT NULL,
    last_checked_at INTEGER,
    last_changed_at INTEGER,
    last_duration INTEGER NOT NULL DEFAULT 0 CHECK (last_duration >= 0),
    last_status INTEGER,
    last_failure TEXT,
    last_failure_detail TEXT,
    check_count INTEGER NOT NULL DEFAULT 0 CHECK (check_count >= 0),
    consecutive_failures INTEGER NOT NULL DEFAULT 0 CHECK (consecutive_failures >= 0),
    history_count INTEGER NOT NULL DEFAULT 0 CHECK (history_count >= 0),
    newest_version INTEGER,
    last_viewed INTEGER NOT NULL DEFAULT 0,
    page_checksum BLOB,
    text_checksum BLOB,
    etag TEXT,
    last_modified TEXT,
    url TEXT NOT NULL CHECK (url <> ''),
    host TEXT NOT NULL DEFAULT '',
    title TEXT,
    page_title TEXT,
    content_type TEXT,
    settings TEXT CHECK (settings IS NULL OR json_valid(settings)),
    label TEXT GENERATED ALWAYS AS (coalesce(nullif(title, ''), nullif(page_title, ''), url)) VIRTUAL,
    unviewed INTEGER GENERATED ALWAYS AS (history_count >= 2 AND newest_version > last_viewed) VIRTUAL,
    failing INTEGER GENERATED ALWAYS AS (last_failure IS NOT NULL) VIRTUAL, consecutive_filter_failures INTEGER NOT NULL DEFAULT 0
    CHECK (consecutive_filter_failures >= 0), has_price_data INTEGER CHECK (has_price_data IN (0, 1)), last_read INTEGER, is_asked_for INTEGER NOT NULL DEFAULT 0 CHECK (is_asked_for IN (0, 1)),
    CONSTRAINT due_unless_paused CHECK ((next_due_at IS NULL) = (paused = 1)),
    CONSTRAINT newest_of_some CHECK ((newest_version IS NULL) = (history_count = 0))
) STRICT;

CREATE INDEX watch_by_change ON watch (last_changed_at);

CREATE INDEX watch_by_check ON watch (last_checked_at);

CREATE INDEX watch_by_creation ON watch (created_at);

CREATE INDEX watch_by_label ON watch (label COLLATE NOCASE);

CREATE INDEX watch_due ON watch (next_due_at) WHERE next_due_at IS NOT NULL;

CREATE INDEX watch_due_of_host ON watch (host, next_due_at) WHERE next_due_at IS NOT NULL;

CREATE INDEX watch_failing ON watch (last_changed_at) WHERE last_failure IS NOT NULL;

CREATE INDEX watch_paused ON watch (last_changed_at) WHERE paused = 1;

CREATE INDEX watch_unviewed ON watch (last_changed_at) WHERE unviewed = 1;

CREATE TRIGGER suspect_cleared AFTER UPDATE OF paused ON watch WHEN OLD.paused = 1 AND NEW.paused = 0 BEGIN
    DELETE FROM suspect WHERE watch = NEW.id;
END;

CREATE TRIGGER watch_counted AFTER INSERT ON watch BEGIN
    UPDATE totals SET watches = watches + 1, paused = paused + NEW.paused,
        unviewed = unviewed + coalesce(NEW.unviewed, 0), failing = failing + NEW.failing;
END;

CREATE TRIGGER watch_recounted
    AFTER UPDATE OF paused, last_failure, history_count, newest_version, last_viewed ON watch
    WHEN OLD.paused <> NEW.paused OR OLD.failing <> NEW.failing
        OR coalesce(OLD.unviewed, 0) <> coalesce(NEW.unviewed, 0)
BEGIN
    UPDATE totals SET paused = paused + NEW.paused - OLD.paused, failing = failing + NEW.failing - OLD.failing,
        unviewed = unviewed + coalesce(NEW.unviewed, 0) - coalesce(OLD.unviewed, 0);
END;

CREATE TRIGGER watch_researchable AFTER UPDATE OF url, title, page_title ON watch
    WHEN OLD.url <> NEW.url OR OLD.title IS NOT NEW.title OR OLD.page_title IS NOT NEW.page_title
BEGIN
    INSERT INTO watch_search (watch_search, rowid, url, title, page_title)
        VALUES ('delete', OLD.id, OLD.url, OLD.title, OLD.page_title);
    INSERT INTO watch_search (rowid, url, title, page_title) VALUES (NEW.id, NEW.url, NEW.title, NEW.page_title);
END;

CREATE TRIGGER watch_uncounted AFTER DELETE ON watch BEGIN
    UPDATE totals SET watches = watches - 1, paused = paused - OLD.paused,
        unviewed = unviewed - coalesce(OLD.unviewed, 0), failing = failing - OLD.failing;
END;

CREATE TRIGGER watch_unsearchable AFTER DELETE ON watch BEGIN
    INSERT INTO watch_search (watch_search, rowid, url, title, page_title)
        VALUES ('delete', OLD.id, OLD.url, OLD.title, OLD.page_title);
END;

CREATE TABLE watch_tag (
    watch INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE,
    tag INTEGER NOT NULL REFERENCES tag (id) ON DELETE CASCADE, given INTEGER NOT NULL DEFAULT 1 CHECK (given IN (0, 1)), matched INTEGER NOT NULL DEFAULT 0
    CHECK (matched IN (0, 1) AND given + matched > 0),
    PRIMARY KEY (watch, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX watch_tag_by_tag ON watch_tag (tag, watch);

CREATE VIRTUAL TABLE watch_search USING fts5 (
    url, title, page_title, content = 'watch', content_rowid = 'id', tokenize = 'trigram'
);
