SET LOCAL lock_timeout = '5s';

ALTER TABLE certificates ADD COLUMN revocation_note text;
ALTER TABLE certificates ADD COLUMN revocation_note_public boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN certificates.revocation_note IS 'Why an organiser revoked it, in their words; on the public page only where revocation_note_public says so. Gone after erasure.';

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    organiser_id uuid NOT NULL,
    organiser text NOT NULL,
    action text NOT NULL,
    workshop_id uuid NOT NULL,
    registration_id uuid,
    serial text,
    details text
);

COMMENT ON TABLE audit_log IS 'What organisers did here, newest last, at business time. Details about a person are gone after erasure.';

CREATE INDEX audit_log_workshop ON audit_log (workshop_id, id);
CREATE INDEX audit_log_registration ON audit_log (registration_id) WHERE registration_id IS NOT NULL;

-- Whoever has the file asks by its hash.
CREATE INDEX certificates_by_hash ON certificates (sha256) WHERE sha256 IS NOT NULL;

CREATE TABLE approvals (
    registration_id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    organiser text NOT NULL
);

COMMENT ON TABLE approvals IS 'Registrations whose certificate an organiser approved, for workshops whose rule asks for it. On no topic: a rebuild does not know them.';

-- A worker of the version before erases too while both run, and does not know of these words.
CREATE FUNCTION forget_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.revocation_note := NULL;
    UPDATE audit_log SET details = NULL WHERE registration_id = NEW.registration_id AND details IS NOT NULL;
    RETURN NEW;
END
$$;

CREATE TRIGGER certificates_erased_keep_no_words BEFORE UPDATE ON certificates
FOR EACH ROW WHEN (NEW.erased AND NOT OLD.erased) EXECUTE FUNCTION forget_words();
