SET LOCAL lock_timeout = '5s';

ALTER TABLE certificates ADD COLUMN revocation_reason text;

COMMENT ON COLUMN certificates.revocation_reason IS 'The code of certificate.revoked.v1. Missing where a worker of the version before heard it: the mail then gives no reason.';
