SET LOCAL lock_timeout = '5s';

-- Read by the pages at the door and at the desk each time they are opened; written once a person and session.
CREATE INDEX attendance_present ON attendance (workshop_id, session_code, registration_id) WHERE present;
