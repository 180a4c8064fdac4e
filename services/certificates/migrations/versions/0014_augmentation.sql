SET LOCAL lock_timeout = '5s';

ALTER TABLE documents ADD COLUMN augmentation bytea;
ALTER TABLE documents ADD COLUMN augmented_sha256 text;

COMMENT ON COLUMN documents.augmentation IS
'What was appended to the PDF after it was issued: a time-stamp of an authority, and what proves the seal without asking anybody.';
COMMENT ON COLUMN documents.augmented_sha256 IS 'Of both together, in hexadecimal: as they are handed out.';

CREATE UNIQUE INDEX documents_augmented ON documents (augmented_sha256) WHERE augmented_sha256 IS NOT NULL;

ALTER TABLE certificates ADD COLUMN augment_after timestamptz DEFAULT '-infinity';

COMMENT ON COLUMN certificates.augment_after IS
'When a time-stamp may be asked for, in real time; later than now while somebody does. Null once the document has one.';

CREATE INDEX certificates_not_augmented ON certificates (augment_after) WHERE state = 'issued' AND augment_after IS NOT NULL;

COMMENT ON TABLE approvals IS 'Registrations whose certificate an organiser approved, for workshops whose rule asks for it, as certificate.approved.v1 tells it.';
COMMENT ON TABLE trainers IS
'Registrations of people who teach at their workshop, as certificate.trainer_named.v1 tells it: they get a trainer''s certificate, whatever they attended.';
