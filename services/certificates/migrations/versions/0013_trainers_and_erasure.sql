SET LOCAL lock_timeout = '5s';

-- A worker of the version before erases too while both run, and does not know of these.
CREATE FUNCTION forget_trainer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM trainers WHERE registration_id = NEW.registration_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER registrations_erased_are_no_trainers AFTER UPDATE ON registrations
FOR EACH ROW WHEN (NEW.state = 'erased' AND OLD.state IS DISTINCT FROM 'erased') EXECUTE FUNCTION forget_trainer();
