-- A tenth of the registrations are for one workshop, the others for nine hundred.
INSERT INTO workshops (id, state, version, definition, confirmed_count, last_number, starts_at, ends_at, created_at, updated_at)
SELECT md5('w' || k)::uuid, CASE WHEN k % 3 = 1 THEN 'completed' ELSE 'open' END, 2,
    jsonb_build_object('slug', 'w-' || k, 'capacity', 10000000, 'waitlist', true, 'time_zone', 'Europe/Paris', 'text', repeat('words ', 300)),
    0, $rows, $now + (k % 400 - 200) * interval '1 day', $now + (k % 400 - 199) * interval '1 day', $now, $now
FROM generate_series(0, 1000) AS k;
INSERT INTO registrations (id, workshop_id, number, state, form_token, address_key, answered, answered_position, submitted_at, withdrawn_at)
SELECT md5('r' || i)::uuid, md5('w' || $workshop)::uuid, i,
    CASE WHEN i % 50 = 0 THEN 'withdrawn' WHEN i % 100 = 1 THEN 'waiting' WHEN i % 200 = 3 THEN 'erased' ELSE 'confirmed' END,
    md5('t' || i)::uuid, CASE WHEN i % 200 <> 3 OR i % 100 = 1 OR i % 50 = 0 THEN 'v' || i || '@visitors.example' END,
    CASE WHEN i % 100 = 1 THEN 'waiting' ELSE 'confirmed' END, CASE WHEN i % 100 = 1 THEN i END, $now - i * interval '1 second',
    CASE WHEN i % 50 = 0 THEN $now END
FROM generate_series(1, $rows) AS i;
INSERT INTO participants SELECT md5('r' || i)::uuid, 1, 'v' || i || '@visitors.example', 'Ana', 'Kovač ' || i, 'Ana Kovač', 'en', 'Europe/Paris'
FROM generate_series(1, $rows) AS i;
INSERT INTO answers SELECT md5('r' || i)::uuid, (ARRAY['RS', 'GE', 'UA', 'FR'])[1 + i % 4], 'Police', 'Officer', '', ''
FROM generate_series(1, $rows) AS i;
INSERT INTO attendance SELECT md5('r' || i)::uuid, 'day-1', true, $now, NULL, md5('w' || $workshop)::uuid FROM generate_series(1, $rows) AS i;
INSERT INTO audit_log (at, actor, action, workshop_id, registration_id, fact_id)
SELECT $now - i * interval '1 second', 'visitor', 'registration.confirm', md5('w' || $workshop)::uuid, md5('r' || i)::uuid, md5('told' || i)::uuid
FROM generate_series(1, $rows) AS i;
INSERT INTO audit_log (at, actor, action, workshop_id, fact_id, request_key)
SELECT $now - i * interval '1 hour', 'organiser', 'workshop.remind', md5('w' || i % 1000)::uuid, md5('asked' || i)::uuid, 'key ' || i
FROM generate_series(1, 20000) AS i;
INSERT INTO notification_outcomes (registration_id, purpose, occurrence, workshop_id, sequence, state, due_at, reported_at)
SELECT md5('r' || i)::uuid, 'confirmation', i::text, md5('w' || $workshop)::uuid, 1, 'sent', $now, $now FROM generate_series(1, $rows) AS i;
INSERT INTO certificate_outcomes (registration_id, edition, workshop_id, sequence, state, serial, issued_at)
SELECT md5('r' || i)::uuid, 1, md5('w' || $workshop)::uuid, 1, 'issued', 'ATL-' || i, $now FROM generate_series(1, $rows) AS i;
INSERT INTO receipts (service, fact_id, fact_type, workshop_id, registration_id, acted_at, effects)
SELECT 'notifications', md5('gone' || i)::uuid, 'registration.withdrawn.v1', md5('w' || $workshop)::uuid, md5('r' || i)::uuid, $now, '{}'
FROM generate_series(1, $rows) AS i;
INSERT INTO duplicate_answers (registration_id, form_token, workshop_id, answered)
SELECT md5('r' || i)::uuid, md5('d' || i)::uuid, md5('w' || $workshop)::uuid, 'confirmed' FROM generate_series(1, 50000) AS i;
INSERT INTO organisers (id, address, address_key, name, role, password_hash, created_at)
SELECT md5('o' || i)::uuid, i || '@office.example', i || '@office.example', 'Office', 'organiser', 'x', $now FROM generate_series(1, 200) AS i;
INSERT INTO api_tokens (id, organiser_id, name, token_hash, created_at)
SELECT md5('a' || i)::uuid, md5('o' || i)::uuid, 'token', decode(md5('a' || i), 'hex'), $now FROM generate_series(1, 200) AS i;
