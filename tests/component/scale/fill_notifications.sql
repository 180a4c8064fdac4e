-- A tenth of the registrations are for one workshop, the others for nine hundred. Most messages have been sent; reminders wait.
INSERT INTO workshops (workshop_id, version, state, record, recorded_at, agenda_stale, agenda_digest)
SELECT md5('w' || k)::uuid, 2, 'open', jsonb_build_object('title', repeat('words ', 300), 'sessions', jsonb_build_array(jsonb_build_object('starts', k::text))), $now, k < 3, 'digest' FROM generate_series(0, 1000) AS k;
INSERT INTO workshop_facts (fact_id, workshop_id, type, version, sequence, occurred_at, data, included)
SELECT md5('f' || i)::uuid, md5('w' || i % 1000)::uuid, 'workshop.announced.v1', 2, i, $now, '{}', i > 10 FROM generate_series(1, 9000) AS i;
INSERT INTO agenda (workshop_id, purpose, occurrence, rule_id, rank, sequence, due_at, audience)
SELECT md5('w' || i % 1000)::uuid, 'reminder', i::text, 'day-before', 3, 1, $now + interval '1 day', 'confirmed' FROM generate_series(1, 9000) AS i;
INSERT INTO registrations (registration_id, workshop_id, standing, standing_sequence, standing_fact, admitted_at, confirmed_at, last_fact_at,
                           agenda_digest)
SELECT md5('r' || i)::uuid, md5('w' || $workshop)::uuid, 'confirmed', 1, md5('s' || i)::uuid, $now, $now, $now, CASE WHEN i > 500 THEN 'digest' END
FROM generate_series(1, $rows) AS i;
INSERT INTO participants
SELECT md5('r' || i)::uuid, md5('w' || $workshop)::uuid, 1, 'Ana', 'Kovač', 'v' || i || '@visitors.example', 'en', 'Europe/Paris', '/my/' || i
FROM generate_series(1, $rows) AS i;
-- As many as ask for it in a year: their ids may be read as a whole.
INSERT INTO erased SELECT md5('gone' || i)::uuid FROM generate_series(1, 9000) AS i;
INSERT INTO attendance SELECT md5('r' || i)::uuid, 'day-1', true, 1 FROM generate_series(1, $rows) AS i;
INSERT INTO certificates SELECT md5('r' || i)::uuid, 'ATL-' || i, md5('w' || $workshop)::uuid, 'issued', 1, md5('c' || i)::uuid, 'token' || i
FROM generate_series(1, $rows / 2) AS i;
INSERT INTO messages (registration_id, workshop_id, purpose, occurrence, rank, sequence, due_at, state, settled_at, language, lease_until)
SELECT md5('r' || i)::uuid, md5('w' || $workshop)::uuid, 'confirmation', i::text, 1, 1, $now - i * interval '1 second',
    CASE WHEN i <= 300 THEN 'planned' WHEN i <= 310 THEN 'sending' WHEN i <= 400 THEN 'uncertain' ELSE 'sent' END,
    CASE WHEN i > 310 THEN $now END, 'en', CASE WHEN i > 300 AND i <= 310 THEN $now END
FROM generate_series(1, $rows) AS i;
INSERT INTO messages (registration_id, workshop_id, purpose, occurrence, rule_id, rank, sequence, due_at, expires_at)
SELECT md5('r' || i)::uuid, md5('w' || $workshop)::uuid, 'reminder', 'day-before:1', 'day-before', 3, 1, $now + interval '1 day', $now + interval '2 days'
FROM generate_series(1, $rows) AS i;
INSERT INTO receipts (fact_id, workshop_id, registration_id, fact_type, acted_at)
SELECT md5('gone' || i)::uuid, md5('w' || $workshop)::uuid, md5('r' || i)::uuid, 'registration.withdrawn.v1', CASE WHEN i > 200 THEN $now END
FROM generate_series(1, $rows) AS i;
