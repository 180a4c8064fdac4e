SET LOCAL lock_timeout = '5s';

-- Each process that renders asks for the next few, while a hundred thousand may wait. The version before sorts them, and has
-- certificates_eligible, which can be dropped when it runs nowhere any more.
CREATE INDEX certificates_in_line ON certificates ((attempts + (lease IS NOT NULL)::integer), eligible_at, registration_id)
WHERE state = 'eligible';
