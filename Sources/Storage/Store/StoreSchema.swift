import GRDB

/// The tables, as a series of migrations: one that was released is never changed.
enum StoreSchema {
    /// Brings a database up to date.
    ///
    /// - Throws: `StorageError.Code.newer` when it has migrations that this version does not know.
    static func migrate(_ pool: DatabasePool) throws {
        guard try !pool.read(Self.migrator.hasBeenSuperseded) else {
            throw StorageError(
                .newer,
                "A newer version of Troupe made the database at \(pool.path): run that version or a later one."
            )
        }
        try Self.migrator.migrate(pool)
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-sessions") { try $0.execute(sql: Self.sessions) }
        migrator.registerMigration("2-audit") { try $0.execute(sql: Self.audit) }
        migrator.registerMigration("3-jobs") { try $0.execute(sql: Self.jobs) }
        return migrator
    }

    /// `keepsake` has what belongs to no session: webhooks, and the calls to be made for them.
    private static let jobs = """
        CREATE TABLE job (
            number INTEGER PRIMARY KEY,
            session INTEGER NOT NULL REFERENCES session (number) ON DELETE CASCADE,
            id TEXT NOT NULL,
            isOpen INTEGER NOT NULL,
            body BLOB NOT NULL,
            UNIQUE (session, id)
        ) STRICT;
        CREATE INDEX jobClosed ON job (session, isOpen) WHERE isOpen = 0;
        CREATE INDEX jobClosedInAll ON job (number) WHERE isOpen = 0;

        CREATE TABLE keepsake (
            number INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            id TEXT NOT NULL CHECK (length(id) <= 64),
            body BLOB NOT NULL,
            UNIQUE (kind, id)
        ) STRICT;
        """

    /// Events lie in the order in which they are read; a `number` is the order in which rows were made.
    ///
    /// `usage` has the public id, as it outlives its session. STRICT refuses a sum that is no 64-bit integer any more.
    private static let sessions = """
        CREATE TABLE session (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) <= 64),
            idempotencyKey TEXT,
            epoch INTEGER NOT NULL,
            forgottenThrough INTEGER NOT NULL DEFAULT 0,
            body BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX sessionIdempotencyKey ON session (idempotencyKey) WHERE idempotencyKey IS NOT NULL;

        CREATE TABLE event (
            session INTEGER NOT NULL REFERENCES session (number) ON DELETE CASCADE,
            sequence INTEGER NOT NULL,
            type TEXT NOT NULL,
            turn TEXT,
            envelope BLOB NOT NULL,
            PRIMARY KEY (session, sequence)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE message (
            number INTEGER PRIMARY KEY,
            session INTEGER NOT NULL REFERENCES session (number) ON DELETE CASCADE,
            id TEXT NOT NULL,
            isOpen INTEGER NOT NULL,
            body BLOB NOT NULL,
            UNIQUE (session, id)
        ) STRICT;
        CREATE INDEX messageClosed ON message (session, isOpen) WHERE isOpen = 0;

        CREATE TABLE approval (
            number INTEGER PRIMARY KEY,
            session INTEGER NOT NULL REFERENCES session (number) ON DELETE CASCADE,
            id TEXT NOT NULL,
            isOpen INTEGER NOT NULL,
            body BLOB NOT NULL,
            UNIQUE (session, id)
        ) STRICT;
        CREATE INDEX approvalClosed ON approval (session, isOpen) WHERE isOpen = 0;

        CREATE TABLE usage (
            day TEXT NOT NULL,
            session TEXT NOT NULL,
            model TEXT NOT NULL,
            turns INTEGER NOT NULL,
            inputTokens INTEGER NOT NULL,
            outputTokens INTEGER NOT NULL,
            cacheReadInputTokens INTEGER NOT NULL,
            cacheCreationInputTokens INTEGER NOT NULL,
            costUSD REAL NOT NULL,
            PRIMARY KEY (day, session, model)
        ) STRICT, WITHOUT ROWID;
        """

    /// Acts in the order in which they were made; each `digest` covers its row and the digest before it.
    private static let audit = """
        CREATE TABLE audit (
            number INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            action TEXT NOT NULL,
            key TEXT,
            actor TEXT NOT NULL,
            session TEXT,
            owner TEXT,
            target TEXT,
            outcome TEXT NOT NULL,
            origin TEXT NOT NULL,
            request TEXT,
            details BLOB NOT NULL,
            digest TEXT NOT NULL
        ) STRICT;
        CREATE INDEX auditAt ON audit (at);
        CREATE INDEX auditSession ON audit (session, number);
        CREATE INDEX auditKey ON audit (key, number);
        CREATE INDEX auditOwner ON audit (owner, number);
        """
}
