SET LOCAL lock_timeout = '5s';

-- First what locks tables that are there, for a moment.
ALTER TABLE workshops ADD COLUMN issue_again_before timestamptz;

COMMENT ON COLUMN workshops.issue_again_before IS 'Valid certificates issued before this (business time) are issued again, a portion at a time; null when that is done or was never asked for.';

ALTER TABLE certificates ADD COLUMN kind text NOT NULL DEFAULT 'participation';
-- Made anew at once, with one reason more.
-- squawk-ignore ban-drop-constraint
ALTER TABLE certificates DROP CONSTRAINT certificates_revocation_reason_check;
ALTER TABLE certificates ADD CONSTRAINT certificates_revocation_reason
CHECK (revocation_reason IN ('attendance_corrected', 'withdrawn', 'erased', 'organiser', 'no_trainer')) NOT VALID;

COMMENT ON COLUMN certificates.kind IS 'What it attests: participation, achievement or trainer. Until it is issued, trainer or not.';

CREATE TABLE certificate_templates (
    workshop_id uuid PRIMARY KEY,
    version integer NOT NULL,
    template jsonb NOT NULL
);

COMMENT ON TABLE certificate_templates IS 'How certificates of a workshop look and what they say, as certificate.template_saved.v1 tells it; without a row, the usual.';

CREATE TABLE trainers (
    registration_id uuid PRIMARY KEY,
    workshop_id uuid NOT NULL,
    at timestamptz NOT NULL,
    organiser text NOT NULL
);

COMMENT ON TABLE trainers IS 'Registrations of people who teach at their workshop, as an organiser said: they get a trainer''s certificate, whatever they attended. A rebuild knows those who have had one.';

CREATE INDEX trainers_workshop ON trainers (workshop_id);
