SET LOCAL lock_timeout = '5s';

-- Tombstones are repeated with each heartbeat, and one row in thousands is one: those that are none do not enter this index.
CREATE INDEX outbox_tombstones ON outbox (published_at, id) WHERE tombstone AND published_at IS NOT NULL;

-- Counted with each look at the metrics; a letter leaves it when it was replayed.
CREATE INDEX dead_letters_waiting ON dead_letters (id) WHERE replayed_at IS NULL;
