SET LOCAL lock_timeout = '5s';

ALTER TABLE workshop_facts ADD COLUMN traceparent text;
ALTER TABLE messages ADD COLUMN traceparent text;

COMMENT ON COLUMN workshop_facts.traceparent IS 'W3C trace context in which the fact was consumed; the messages about the fact carry it on.';
COMMENT ON COLUMN messages.traceparent IS 'W3C trace context in which the fact that caused it was consumed; sending it continues that trace.';
