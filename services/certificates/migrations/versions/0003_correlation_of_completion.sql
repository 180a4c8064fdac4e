SET LOCAL lock_timeout = '5s';

ALTER TABLE workshops ADD COLUMN completion_correlation_id text;

COMMENT ON COLUMN workshops.completion_correlation_id IS 'Of the command that completed it; the first editions of its certificates carry it on.';
