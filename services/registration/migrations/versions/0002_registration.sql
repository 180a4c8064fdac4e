SET LOCAL lock_timeout = '5s';

CREATE TABLE workshops (
    id uuid PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('draft', 'open', 'cancelled', 'completed')),
    version integer NOT NULL CHECK (version >= 1),
    definition jsonb NOT NULL,
    slug text NOT NULL GENERATED ALWAYS AS (definition ->> 'slug') STORED UNIQUE,
    capacity integer NOT NULL GENERATED ALWAYS AS ((definition ->> 'capacity')::integer) STORED CHECK (capacity >= 0),
    confirmed_count integer NOT NULL DEFAULT 0 CHECK (confirmed_count >= 0),
    waiting_count integer NOT NULL DEFAULT 0 CHECK (waiting_count >= 0),
    last_number bigint NOT NULL DEFAULT 0,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT never_oversold CHECK (confirmed_count <= capacity)
);
COMMENT ON COLUMN workshops.definition IS 'What the organiser decided; capacity and slug are read from it, so that they exist once';
COMMENT ON COLUMN workshops.last_number IS 'The last order of admission given, under this row''s lock';
CREATE INDEX workshops_by_start ON workshops (starts_at, id);

CREATE TABLE registrations (
    id uuid PRIMARY KEY,
    workshop_id uuid NOT NULL REFERENCES workshops (id),
    number bigint NOT NULL CHECK (number >= 1),
    state text NOT NULL CHECK (state IN ('confirmed', 'waiting', 'withdrawn', 'erased')),
    form_token uuid,
    address_key text,
    answered text NOT NULL CHECK (answered IN ('confirmed', 'waiting')),
    answered_position bigint,
    submitted_at timestamptz NOT NULL,
    promoted_at timestamptz,
    withdrawn_at timestamptz,
    withdrawn_by text CHECK (withdrawn_by IN ('participant', 'organiser', 'erasure')),
    erased_at timestamptz,
    link_requested_at timestamptz,
    CONSTRAINT one_number_each UNIQUE (workshop_id, number),
    CONSTRAINT waiting_has_position CHECK ((answered = 'waiting') = (answered_position IS NOT NULL)),
    CONSTRAINT address_until_erased CHECK ((state = 'erased') = (address_key IS NULL))
);
COMMENT ON COLUMN registrations.number IS 'First come is the order of admission, numbered under the workshop''s lock';
COMMENT ON COLUMN registrations.link_requested_at IS 'Real time, not business time: it limits how often an address can be made to receive a link';
CREATE UNIQUE INDEX one_live_registration_per_address ON registrations (workshop_id, address_key) WHERE state IN ('confirmed', 'waiting');
CREATE INDEX registrations_in_line ON registrations (workshop_id, number) WHERE state = 'waiting';
CREATE INDEX registrations_by_state ON registrations (workshop_id, state, number);

CREATE TABLE participants (
    registration_id uuid PRIMARY KEY REFERENCES registrations (id),
    version integer NOT NULL CHECK (version >= 1),
    address text NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    certificate_name text NOT NULL,
    language text NOT NULL,
    time_zone text NOT NULL
);

CREATE TABLE answers (
    registration_id uuid PRIMARY KEY REFERENCES registrations (id),
    country text NOT NULL,
    institution text NOT NULL,
    position text NOT NULL,
    diet text NOT NULL,
    comments text NOT NULL
);
COMMENT ON TABLE answers IS 'Never leaves this database: diet and access needs are health data';

CREATE TABLE attendance (
    registration_id uuid NOT NULL REFERENCES registrations (id),
    session_code text NOT NULL,
    present boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid,
    PRIMARY KEY (registration_id, session_code)
);

CREATE TABLE organisers (
    id uuid PRIMARY KEY,
    address text NOT NULL,
    address_key text NOT NULL UNIQUE,
    name text NOT NULL,
    role text NOT NULL,
    password_hash text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL
);

CREATE TABLE api_tokens (
    id uuid PRIMARY KEY,
    organiser_id uuid NOT NULL REFERENCES organisers (id),
    name text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL CHECK (actor IN ('organiser', 'participant', 'visitor', 'operator')),
    organiser_id uuid,
    action text NOT NULL,
    workshop_id uuid,
    registration_id uuid,
    fact_id uuid,
    request_key text,
    details jsonb NOT NULL DEFAULT '{}',
    correlation_id text
);
COMMENT ON TABLE audit_log IS 'Who changed what and when; ids only, so that it outlives erasure';
COMMENT ON COLUMN audit_log.fact_id IS 'The published fact, to which other services answer with receipts';
CREATE INDEX audit_log_by_registration ON audit_log (registration_id, id) WHERE registration_id IS NOT NULL;
CREATE INDEX audit_log_by_workshop ON audit_log (workshop_id, id) WHERE registration_id IS NULL;
CREATE UNIQUE INDEX one_effect_per_request ON audit_log (workshop_id, action, request_key) WHERE request_key IS NOT NULL;

CREATE TABLE notification_outcomes (
    registration_id uuid NOT NULL,
    purpose text NOT NULL,
    occurrence text NOT NULL,
    workshop_id uuid NOT NULL,
    sequence bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('sent', 'skipped', 'uncertain', 'failed')),
    language text,
    due_at timestamptz NOT NULL,
    reported_at timestamptz NOT NULL,
    sent_at timestamptz,
    reason text,
    superseded_by uuid,
    message_id text,
    PRIMARY KEY (registration_id, purpose, occurrence)
);
COMMENT ON TABLE notification_outcomes IS 'As notifications reported them; the registration may not be known here yet';

CREATE TABLE certificate_outcomes (
    registration_id uuid NOT NULL,
    edition integer NOT NULL,
    workshop_id uuid NOT NULL,
    sequence bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('issued', 'superseded', 'revoked')),
    serial text NOT NULL,
    verification_token text,
    issued_at timestamptz,
    superseded_by text,
    revoked_at timestamptz,
    reason text,
    PRIMARY KEY (registration_id, edition)
);

CREATE TABLE receipts (
    service text NOT NULL,
    fact_id uuid NOT NULL,
    fact_type text NOT NULL,
    workshop_id uuid NOT NULL,
    registration_id uuid,
    acted_at timestamptz NOT NULL,
    effects jsonb NOT NULL,
    PRIMARY KEY (fact_id, service)
);
CREATE INDEX receipts_by_registration ON receipts (registration_id) WHERE registration_id IS NOT NULL;
