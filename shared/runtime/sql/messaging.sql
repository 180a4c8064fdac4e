-- What a service needs in order to publish once and to consume once. Times here are real time, not business time,
-- except occurred_at.

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    key uuid NOT NULL,
    type text NOT NULL,
    sequence bigint,
    source text NOT NULL,
    occurred_at timestamptz NOT NULL,
    correlation_id text,
    traceparent text,
    tombstone boolean NOT NULL DEFAULT false,
    payload bytea,
    published_at timestamptz,
    CONSTRAINT outbox_payload_until_published CHECK (tombstone OR published_at IS NOT NULL OR payload IS NOT NULL),
    CONSTRAINT outbox_no_payload_afterwards CHECK (published_at IS NULL OR payload IS NULL)
);

COMMENT ON TABLE outbox IS 'Events to publish, in order of id. A published row keeps what it was and loses its payload.';

CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;

CREATE TABLE outbox_sequences (
    topic text NOT NULL,
    key uuid NOT NULL,
    last bigint NOT NULL,
    PRIMARY KEY (topic, key)
) WITH (fillfactor = 70);

COMMENT ON TABLE outbox_sequences IS 'The last sequence number given to a key. Its row lock makes the order of outbox ids the order of commits.';

CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    topic text NOT NULL,
    key uuid NOT NULL,
    type text NOT NULL,
    sequence bigint,
    processed_at timestamptz NOT NULL
);

COMMENT ON TABLE inbox IS 'Events that were processed. It spares repeats their work and may be trimmed; business keys guard what it forgets.';

CREATE INDEX inbox_processed ON inbox (processed_at);

CREATE TABLE dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    record_time timestamptz NOT NULL,
    record_key bytea,
    key uuid,
    value bytea,
    headers jsonb NOT NULL DEFAULT '[]',
    event_id uuid,
    type text,
    sequence bigint,
    reason text NOT NULL,
    recorded_at timestamptz NOT NULL,
    replayed_at timestamptz,
    CONSTRAINT dead_letters_once UNIQUE (topic, partition, record_offset, record_time)
);

COMMENT ON TABLE dead_letters IS 'Records that could not be decoded or handled, byte for byte. They expire, and go with the erasure of their key.';

CREATE INDEX dead_letters_key ON dead_letters (key) WHERE key IS NOT NULL;
CREATE INDEX dead_letters_recorded ON dead_letters (recorded_at);
