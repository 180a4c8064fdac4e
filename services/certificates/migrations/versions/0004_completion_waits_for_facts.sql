SET LOCAL lock_timeout = '5s';

ALTER TABLE workshops ADD COLUMN awaiting_facts_since timestamptz;

COMMENT ON COLUMN workshops.awaiting_facts_since IS
'When its completion was read (real time), as long as facts told before it may still be unread; null once they were read or waited for long enough.';

CREATE INDEX workshops_awaiting_facts ON workshops (workshop_id) WHERE awaiting_facts_since IS NOT NULL;

ALTER TABLE receipts ADD COLUMN outdated boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN receipts.outdated IS 'A certificate of the workshop came or went since its completion was answered: its counts are told again.';

CREATE INDEX receipts_of_workshop ON receipts (workshop_id) WHERE registration_id IS NULL;
CREATE INDEX receipts_outdated ON receipts (fact_id) WHERE outdated;
