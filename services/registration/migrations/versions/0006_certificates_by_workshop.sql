SET LOCAL lock_timeout = '5s';

-- As for the mails; a certificate comes once to one registration in a few.
CREATE INDEX certificate_outcomes_by_workshop ON certificate_outcomes (workshop_id, state);
