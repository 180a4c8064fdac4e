SET LOCAL lock_timeout = '5s';

CREATE TABLE workshops (
    workshop_id uuid PRIMARY KEY,
    version integer NOT NULL,
    record jsonb,
    completed_at timestamptz,
    unsettled boolean NOT NULL DEFAULT true
);

COMMENT ON TABLE workshops IS 'The newest record of each workshop (version 0 and null before the first), and whether it was completed.';
COMMENT ON COLUMN workshops.unsettled IS 'Something was learned that may matter to its registrations; a job passes it on.';

CREATE INDEX workshops_unsettled ON workshops (workshop_id) WHERE unsettled;

CREATE TABLE registrations (
    registration_id uuid PRIMARY KEY,
    workshop_id uuid NOT NULL,
    state text CHECK (state IN ('confirmed', 'waiting', 'withdrawn', 'erased')),
    sequence bigint NOT NULL DEFAULT 0,
    withdrawn_by text,
    participant_version integer NOT NULL DEFAULT 0,
    certificate_name text,
    language text,
    unsettled boolean NOT NULL DEFAULT true,
    CONSTRAINT registrations_erased_keeps_no_person
    CHECK (state IS DISTINCT FROM 'erased' OR (certificate_name IS NULL AND language IS NULL))
);

COMMENT ON TABLE registrations IS 'What facts and participant records say of each registration. Its row is locked by whoever changes anything about it.';
COMMENT ON COLUMN registrations.sequence IS 'Sequence number of the fact that state comes from.';
COMMENT ON COLUMN registrations.unsettled IS 'Something was learned since the certificate rule was last applied.';

CREATE INDEX registrations_unsettled ON registrations (registration_id) WHERE unsettled;
CREATE INDEX registrations_workshop ON registrations (workshop_id);

CREATE TABLE attendance (
    registration_id uuid NOT NULL REFERENCES registrations,
    session_code text NOT NULL,
    present boolean NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (registration_id, session_code)
);

CREATE SEQUENCE certificate_count MINVALUE 0 START 0;

CREATE TABLE certificates (
    registration_id uuid NOT NULL REFERENCES registrations,
    edition integer NOT NULL CHECK (edition >= 1),
    workshop_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('eligible', 'issued', 'superseded', 'revoked')),
    serial text NOT NULL UNIQUE,
    verification_token text NOT NULL UNIQUE,
    status_index integer NOT NULL UNIQUE,
    eligible_at timestamptz NOT NULL,
    issued_at timestamptz,
    name text,
    language text,
    attended text [],
    sha256 text,
    superseded_by text,
    superseded_at timestamptz,
    revoked_at timestamptz,
    revocation_reason text CHECK (revocation_reason IN ('attendance_corrected', 'withdrawn', 'erased', 'organiser')),
    erased boolean NOT NULL DEFAULT false,
    lease uuid,
    lease_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    error text,
    retry_at timestamptz,
    PRIMARY KEY (registration_id, edition),
    CONSTRAINT certificates_issued_is_complete
    CHECK (
        state <> 'issued'
        OR (issued_at IS NOT NULL AND name IS NOT NULL AND language IS NOT NULL AND attended IS NOT NULL AND sha256 IS NOT NULL)
    ),
    CONSTRAINT certificates_revoked_says_why
    CHECK ((state = 'revoked') = (revoked_at IS NOT NULL) AND (revoked_at IS NULL) = (revocation_reason IS NULL)),
    CONSTRAINT certificates_superseded_says_by_what
    CHECK ((state = 'superseded') = (superseded_at IS NOT NULL) AND (superseded_at IS NULL) = (superseded_by IS NULL)),
    CONSTRAINT certificates_erased_names_nobody CHECK (NOT erased OR (name IS NULL AND state IN ('revoked', 'superseded')))
);

COMMENT ON TABLE certificates IS 'Every certificate ever earned. Serial, token and status index are drawn before it is rendered.';
COMMENT ON COLUMN certificates.name IS 'As printed, like language and attended; null until issued, and again after erasure.';
COMMENT ON COLUMN certificates.lease IS 'Who renders it now, until lease_until (real time). Only the holder may store what it rendered.';
COMMENT ON COLUMN certificates.attempts IS 'How often rendering was broken off. From the first on, it is rendered alone.';
COMMENT ON COLUMN certificates.error IS 'Why it cannot be set; tried again at retry_at (real time), or when something about it changes.';

CREATE UNIQUE INDEX certificates_one_valid ON certificates (registration_id) WHERE state IN ('eligible', 'issued');
CREATE INDEX certificates_eligible ON certificates (attempts, eligible_at, registration_id) WHERE state = 'eligible';
CREATE INDEX certificates_workshop ON certificates (workshop_id, state);

CREATE TABLE documents (
    registration_id uuid NOT NULL,
    edition integer NOT NULL,
    pdf bytea NOT NULL,
    PRIMARY KEY (registration_id, edition),
    FOREIGN KEY (registration_id, edition) REFERENCES certificates
);

COMMENT ON TABLE documents IS 'The PDF of each certificate that was issued; gone after erasure.';

ALTER TABLE documents ALTER COLUMN pdf SET STORAGE EXTERNAL;

CREATE TABLE receipts (
    fact_id uuid PRIMARY KEY,
    fact_type text NOT NULL,
    workshop_id uuid NOT NULL,
    registration_id uuid,
    effects jsonb NOT NULL DEFAULT '{}',
    acted_at timestamptz
);

COMMENT ON TABLE receipts IS 'The facts that this service answers with a receipt: one each, published when acted_at (business time) is set.';

CREATE INDEX receipts_pending_registration ON receipts (registration_id) WHERE acted_at IS NULL AND registration_id IS NOT NULL;
CREATE INDEX receipts_pending_workshop ON receipts (workshop_id) WHERE acted_at IS NULL AND registration_id IS NULL;
