SET LOCAL lock_timeout = '5s';

-- For lists that organisers read a page at a time, whoever is on them. Written when somebody has both a place and a name.
CREATE INDEX registrations_by_name ON registrations (workshop_id, certificate_name, registration_id)
WHERE state = 'confirmed' AND certificate_name IS NOT NULL;

-- Serves what trainers_workshop serves too, which can be dropped when the version before runs nowhere any more.
CREATE INDEX trainers_as_named ON trainers (workshop_id, at, registration_id);
