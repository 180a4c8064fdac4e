SET LOCAL lock_timeout = '5s';

CREATE TABLE certificate_shares (
    registration_id uuid PRIMARY KEY,
    share_token text UNIQUE,
    sequence bigint NOT NULL
);

COMMENT ON TABLE certificate_shares IS 'By which token a registration''s certificate is shared; null once switched off, with the number of the fact that said so.';

-- A worker of the version before erases too while both run, and does not know of these.
CREATE FUNCTION forget_certificate_share() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM certificate_shares WHERE registration_id = NEW.registration_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER registrations_erased_share_nothing AFTER UPDATE ON registrations
FOR EACH ROW WHEN (NEW.state = 'erased' AND OLD.state IS DISTINCT FROM 'erased') EXECUTE FUNCTION forget_certificate_share();
