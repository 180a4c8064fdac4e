SET LOCAL lock_timeout = '5s';

ALTER TABLE certificates VALIDATE CONSTRAINT certificates_revocation_reason;

-- For those that are issued again. Written when a certificate is issued, and when it is valid no more.
CREATE INDEX certificates_valid ON certificates (workshop_id, issued_at) WHERE state = 'issued';
CREATE INDEX workshops_issued_again ON workshops (workshop_id) WHERE issue_again_before IS NOT NULL;
