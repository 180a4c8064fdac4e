SET LOCAL lock_timeout = '5s';

ALTER TABLE attendance ADD COLUMN workshop_id uuid;

COMMENT ON COLUMN attendance.workshop_id IS
'Of the registration, so that those who are present are counted without a look at each registration of the workshop';

-- The version before this one does not name the workshop. To be dropped when it runs nowhere any more.
CREATE FUNCTION name_workshop_of_attendance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT r.workshop_id INTO new.workshop_id FROM registrations r WHERE r.id = new.registration_id;
    RETURN new;
END
$$;

CREATE TRIGGER name_workshop BEFORE INSERT OR UPDATE ON attendance
FOR EACH ROW WHEN (new.workshop_id IS NULL) EXECUTE FUNCTION name_workshop_of_attendance();
