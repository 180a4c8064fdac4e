SET LOCAL lock_timeout = '5s';

-- In the order of the organisers' list: those that cannot be set first. Written when a certificate is earned, issued, or cannot be set.
CREATE INDEX certificates_in_lists ON certificates (
    workshop_id, ((CASE WHEN state = 'eligible' AND error IS NOT NULL THEN '0 ' ELSE '1 ' END) || serial)
);
