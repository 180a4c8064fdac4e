SET LOCAL lock_timeout = '5s';

ALTER TABLE workshops ADD COLUMN completion_traceparent text;

COMMENT ON COLUMN workshops.completion_traceparent IS 'W3C trace context in which the completion was consumed; rendering its first editions continues that trace.';
