-- Copies of what other services recorded, the agenda of each workshop, and every message with its fate.
-- Times are business time, except those named lease_until and not_before, which are real time.

CREATE TABLE workshops (
    workshop_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    state text NOT NULL,
    record jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    agenda_stale boolean NOT NULL DEFAULT true,
    agenda_digest text,
    spread_pending boolean NOT NULL DEFAULT false,
    cancelled_by uuid
);

COMMENT ON TABLE workshops IS 'The newest record of each workshop. agenda_digest names the agenda computed from it; agenda_stale says that it must be '
    'computed again, spread_pending that registrations may follow an older one.';

CREATE INDEX workshops_agenda_stale ON workshops (workshop_id) WHERE agenda_stale;
CREATE INDEX workshops_spread_pending ON workshops (workshop_id) WHERE spread_pending;

CREATE TABLE workshop_facts (
    fact_id uuid PRIMARY KEY,
    workshop_id uuid NOT NULL,
    type text NOT NULL,
    version bigint NOT NULL,
    sequence bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    data jsonb NOT NULL,
    included boolean NOT NULL DEFAULT false
);

COMMENT ON TABLE workshop_facts IS 'What organisers triggered. included says that the agenda takes account of it.';

CREATE INDEX workshop_facts_workshop ON workshop_facts (workshop_id, sequence);
CREATE INDEX workshop_facts_to_include ON workshop_facts (workshop_id) WHERE NOT included;

CREATE TABLE agenda (
    workshop_id uuid NOT NULL REFERENCES workshops ON DELETE CASCADE,
    purpose text NOT NULL,
    occurrence text NOT NULL,
    rule_id text,
    rank smallint NOT NULL,
    sequence bigint NOT NULL,
    due_at timestamptz NOT NULL,
    expires_at timestamptz,
    audience text NOT NULL,
    joined_until timestamptz,
    skip_reason text,
    skip_by uuid,
    skip_at timestamptz,
    PRIMARY KEY (workshop_id, purpose, occurrence)
);

COMMENT ON TABLE agenda IS 'What is to be sent for a workshop: one row for each reminder and for each fact that is mailed to all. Each becomes a '
    'message for every registration of its audience.';
COMMENT ON COLUMN agenda.joined_until IS 'Only registrations that had joined by then take part; null for all.';

CREATE TABLE registrations (
    registration_id uuid PRIMARY KEY,
    workshop_id uuid NOT NULL,
    standing text NOT NULL,
    standing_sequence bigint NOT NULL,
    standing_fact uuid NOT NULL,
    admitted_at timestamptz,
    confirmed_at timestamptz,
    withdrawn_at timestamptz,
    withdrawn_fact uuid,
    last_fact_at timestamptz NOT NULL,
    agenda_digest text,
    CONSTRAINT registrations_standing CHECK (standing IN ('confirmed', 'waiting', 'withdrawn'))
) WITH (fillfactor = 80);

COMMENT ON TABLE registrations IS 'The newest standing by the facts of each registration. agenda_digest names the agenda it has its messages from.';

CREATE INDEX registrations_workshop ON registrations (workshop_id, agenda_digest);
CREATE INDEX registrations_unplanned ON registrations (workshop_id, registration_id) WHERE agenda_digest IS NULL;

CREATE TABLE participants (
    registration_id uuid PRIMARY KEY,
    workshop_id uuid NOT NULL,
    version bigint NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    address text NOT NULL,
    language text NOT NULL,
    time_zone text NOT NULL,
    personal_page text NOT NULL
);

COMMENT ON TABLE participants IS 'The only personal data here. A row goes with the erasure of its registration.';

CREATE TABLE erased (
    registration_id uuid PRIMARY KEY
);

COMMENT ON TABLE erased IS 'Registrations that were erased: the bare id, so that whatever comes later for it is ignored.';

CREATE TABLE attendance (
    registration_id uuid NOT NULL,
    session_code text NOT NULL,
    present boolean NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (registration_id, session_code)
);

CREATE TABLE certificates (
    registration_id uuid NOT NULL,
    serial text NOT NULL,
    workshop_id uuid NOT NULL,
    state text NOT NULL,
    sequence bigint NOT NULL,
    fact_id uuid NOT NULL,
    verification_token text,
    PRIMARY KEY (registration_id, serial),
    CONSTRAINT certificates_state CHECK (state IN ('issued', 'superseded', 'revoked'))
);

CREATE TABLE messages (
    message_id uuid GENERATED ALWAYS AS (md5(registration_id::text || '/' || purpose || '/' || occurrence)::uuid) STORED PRIMARY KEY,
    registration_id uuid NOT NULL,
    workshop_id uuid NOT NULL,
    purpose text NOT NULL,
    occurrence text NOT NULL,
    rule_id text,
    rank smallint NOT NULL,
    sequence bigint NOT NULL,
    due_at timestamptz NOT NULL,
    expires_at timestamptz,
    state text NOT NULL DEFAULT 'planned',
    skip_reason text,
    superseded_by uuid,
    failure text,
    language text,
    settled_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    not_before timestamptz,
    fence bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    correlation_id text,
    CONSTRAINT messages_state CHECK (state IN ('planned', 'claimed', 'sending', 'sent', 'skipped', 'uncertain', 'failed')),
    CONSTRAINT messages_skip_has_reason CHECK ((state = 'skipped') = (skip_reason IS NOT NULL)),
    CONSTRAINT messages_failure_has_reason CHECK ((state = 'failed') = (failure IS NOT NULL)),
    CONSTRAINT messages_lease CHECK ((state IN ('claimed', 'sending')) = (lease_until IS NOT NULL))
) WITH (fillfactor = 80);

COMMENT ON TABLE messages IS 'Every message and its fate, one row for each business key (registration, purpose, occurrence); no personal data. '
    'claimed is a lease; sending is committed immediately before the text is handed over, and only it can become uncertain.';

CREATE UNIQUE INDEX messages_business_key ON messages (registration_id, purpose, occurrence);
CREATE INDEX messages_facts_waiting ON messages (due_at, rank, sequence) WHERE state = 'planned' AND rank < 3;
CREATE INDEX messages_reminders_waiting ON messages (due_at) WHERE state = 'planned' AND rank = 3;
CREATE INDEX messages_in_flight ON messages (lease_until) WHERE state IN ('claimed', 'sending');
CREATE INDEX messages_workshop ON messages (workshop_id, due_at, message_id);
CREATE INDEX messages_uncertain ON messages (workshop_id, due_at) WHERE state = 'uncertain';

CREATE TABLE receipts (
    fact_id uuid PRIMARY KEY,
    workshop_id uuid NOT NULL,
    registration_id uuid,
    fact_type text NOT NULL,
    acted_at timestamptz
);

COMMENT ON TABLE receipts IS 'Facts that get an answer, and when it was given. acted_at is null while the effect is not finished.';

CREATE INDEX receipts_due ON receipts (workshop_id) WHERE acted_at IS NULL;
