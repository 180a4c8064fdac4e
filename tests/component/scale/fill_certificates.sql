-- A tenth of the registrations are for one workshop, the others for nine hundred. The one has just been
-- completed: its certificates are to be made, all others are issued.
INSERT INTO workshops (workshop_id, version, record, completed_at, unsettled)
SELECT md5('w' || k)::uuid, 2, jsonb_build_object('title', repeat('words ', 300)), $now, k < 3 FROM generate_series(0, 1000) AS k;
INSERT INTO registrations (registration_id, workshop_id, state, sequence, participant_version, certificate_name, language, unsettled)
SELECT md5('r' || i)::uuid, md5('w' || $workshop)::uuid, 'confirmed', 1, 1, 'Ana Kovač', 'en', i <= 500 FROM generate_series(1, $rows) AS i;
INSERT INTO attendance SELECT md5('r' || i)::uuid, 'day-1', true, 1 FROM generate_series(1, $rows) AS i;
INSERT INTO certificates (registration_id, edition, workshop_id, state, serial, verification_token, status_index, eligible_at, issued_at, name,
                          language, attended, sha256)
SELECT md5('r' || i)::uuid, 1, md5('w' || $workshop)::uuid, CASE WHEN $workshop = 0 THEN 'eligible' ELSE 'issued' END, 'ATL-' || i, 'token' || i, i, $now,
    CASE WHEN $workshop <> 0 THEN $now END, 'Ana Kovač', 'en', ARRAY['day-1'], md5(i::text)
FROM generate_series(1, $rows) AS i;
INSERT INTO documents SELECT md5('r' || i)::uuid, 1, '\x25504446' FROM generate_series(1, $rows) AS i WHERE $workshop <> 0;
INSERT INTO receipts (fact_id, fact_type, workshop_id, registration_id, acted_at)
SELECT md5('present' || i)::uuid, 'registration.attendance_recorded.v1', md5('w' || $workshop)::uuid, md5('r' || i)::uuid,
    CASE WHEN i > 500 THEN $now END
FROM generate_series(1, $rows) AS i;
INSERT INTO receipts (fact_id, fact_type, workshop_id, acted_at)
SELECT md5('completed' || k)::uuid, 'workshop.completed.v1', md5('w' || k)::uuid, CASE WHEN k > 5 THEN $now END FROM generate_series(0, 1000) AS k;
INSERT INTO certificate_changes (workshop_id) SELECT md5('w' || i % 5)::uuid FROM generate_series(1, 100) AS i;
