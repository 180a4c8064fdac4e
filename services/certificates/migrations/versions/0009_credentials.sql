SET LOCAL lock_timeout = '5s';

ALTER TABLE registrations ADD COLUMN address_digest text;

COMMENT ON COLUMN registrations.address_digest IS
'SHA-256 of the mail address and a salt that follows from registration_id: credentials say it, so that who knows the address can recognise it.';

-- A worker of the version before erases too while both run, and does not know the column.
CREATE FUNCTION forget_digest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.address_digest := NULL;
    RETURN NEW;
END
$$;

CREATE TRIGGER registrations_erased_keeps_no_digest BEFORE INSERT OR UPDATE ON registrations
FOR EACH ROW WHEN (NEW.state = 'erased' AND NEW.address_digest IS NOT NULL) EXECUTE FUNCTION forget_digest();

ALTER TABLE documents ADD COLUMN credential text;
ALTER TABLE documents ADD COLUMN enveloped text;

COMMENT ON COLUMN documents.credential IS 'The credential that lies in the PDF, as JSON. Null for documents from before there were any.';
COMMENT ON COLUMN documents.enveloped IS 'The same as a VC-JWT. Null also after a restoration from PDF files.';

CREATE TABLE status_lists (
    number integer PRIMARY KEY,
    credential text
);

COMMENT ON TABLE status_lists IS 'Lists of certificates that are not valid any more, signed. Null while the first is being made.';

CREATE TABLE status_changes (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number integer NOT NULL
);

COMMENT ON TABLE status_changes IS 'A list is to be signed anew, since one of its certificates was revoked or superseded. Whoever signs it deletes what it saw.';

-- Noted by the database itself, since a worker of the version before revokes and replaces too.
CREATE FUNCTION note_status_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO status_changes (number) VALUES (NEW.status_index / 131072);
    RETURN NULL;
END
$$;

CREATE TRIGGER certificates_change_their_list AFTER UPDATE ON certificates
FOR EACH ROW WHEN (OLD.state = 'issued' AND NEW.state IN ('revoked', 'superseded')) EXECUTE FUNCTION note_status_change();

CREATE INDEX status_changes_number ON status_changes (number);
CREATE INDEX certificates_invalid ON certificates (status_index) WHERE state IN ('revoked', 'superseded');
