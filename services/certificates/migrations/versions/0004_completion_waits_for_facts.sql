SET LOCAL lock_timeout = '5s';

ALTER TABLE workshops ADD COLUMN awaiting_facts_since timestamptz;

COMMENT ON COLUMN workshops.awaiting_facts_since IS
'When its completion was read (real time), as long as facts told before it may still be unread; null once they were read or waited for long enough.';

CREATE INDEX workshops_awaiting_facts ON workshops (workshop_id) WHERE awaiting_facts_since IS NOT NULL;

CREATE TABLE certificate_changes (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workshop_id uuid NOT NULL
);

COMMENT ON TABLE certificate_changes IS
'A certificate of the workshop came or went: its completion is to be counted, or counted again. Whoever counts deletes what it saw.';

CREATE INDEX certificate_changes_workshop ON certificate_changes (workshop_id);

CREATE INDEX receipts_of_workshop ON receipts (workshop_id) WHERE registration_id IS NULL;
