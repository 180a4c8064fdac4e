-- What every service has besides: a million events told, as many heard, some records set aside.
INSERT INTO outbox (event_id, topic, key, type, sequence, source, occurred_at, payload, published_at)
SELECT md5('told' || i)::uuid, 'registrations', md5('r' || i)::uuid, 'registration.confirmed.v1', 1, '/services/any', $now, NULL,
    $now - i * interval '1 second'
FROM generate_series(1, $rows) AS i;
INSERT INTO outbox (event_id, topic, key, type, sequence, source, occurred_at, payload)
SELECT md5('untold' || i)::uuid, 'registrations', md5('r' || i)::uuid, 'registration.confirmed.v1', 2, '/services/any', $now, '{}'
FROM generate_series(1, 500) AS i;
INSERT INTO outbox (event_id, topic, key, type, source, occurred_at, tombstone, published_at)
SELECT md5('ended' || i)::uuid, 'participants', md5('r' || i)::uuid, 'participant.erased.v1', '/services/any', $now, true,
    $now - i * interval '1 hour'
FROM generate_series(1, 2000) AS i;
INSERT INTO outbox_sequences (topic, key, last) SELECT 'registrations', md5('r' || i)::uuid, 1 FROM generate_series(1, $rows) AS i;
INSERT INTO inbox (event_id, topic, key, type, sequence, processed_at)
SELECT md5('heard' || i)::uuid, 'registrations', md5('r' || i)::uuid, 'registration.confirmed.v1', 1, $now - i * interval '1 second'
FROM generate_series(1, $rows) AS i;
INSERT INTO dead_letters (topic, partition, record_offset, record_time, key, reason, recorded_at, type)
SELECT 'registrations', i % 12, i, $now, md5('r' || i)::uuid, 'undecodable', $now - i * interval '1 minute', 'registration.confirmed.v1'
FROM generate_series(1, 20000) AS i;
INSERT INTO rebuild.told (event_id, key, sequence, type, time, data)
SELECT md5('e' || i)::uuid, md5('r' || i)::uuid, 1, 'notification.sent.v1', $now, jsonb_build_object('purpose', 'confirmation', 'edition', 1)
FROM generate_series(1, 100000) AS i;
INSERT INTO rebuild.untold (key, type, data) SELECT md5('r' || i)::uuid, 'notification.sent.v1', '{}' FROM generate_series(1, 20000) AS i;
