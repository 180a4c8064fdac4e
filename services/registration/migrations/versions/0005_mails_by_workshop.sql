SET LOCAL lock_timeout = '5s';

-- A workshop's page counts them. Written by the consumer of notifications only: nobody who registers waits for it.
CREATE INDEX notification_outcomes_by_workshop ON notification_outcomes (workshop_id, purpose, state);
