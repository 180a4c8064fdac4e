SET LOCAL lock_timeout = '5s';

CREATE TABLE certificate_shares (
    registration_id uuid PRIMARY KEY,
    share_token text NOT NULL UNIQUE,
    shared_at timestamptz NOT NULL
);

COMMENT ON TABLE certificate_shares IS 'Registrations whose holders share their certificate now, at business time; switched off, the row is gone.';

-- A process of the version before erases too while both run, and does not know of these.
CREATE FUNCTION end_certificate_share() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM certificate_shares WHERE registration_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER registrations_erased_share_nothing AFTER UPDATE ON registrations
FOR EACH ROW WHEN (NEW.state = 'erased' AND OLD.state IS DISTINCT FROM 'erased') EXECUTE FUNCTION end_certificate_share();
