SET LOCAL lock_timeout = '5s';

ALTER TABLE workshop_facts ADD COLUMN correlation_id text;

COMMENT ON COLUMN workshop_facts.correlation_id IS 'Of the command that the fact comes from; the messages about the fact carry it on.';
