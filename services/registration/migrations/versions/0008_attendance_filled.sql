SET LOCAL lock_timeout = '5s';

-- A transaction of its own: while it runs, only a correction of what was recorded before has to wait.
UPDATE attendance SET workshop_id = r.workshop_id
FROM registrations AS r
WHERE r.id = attendance.registration_id AND attendance.workshop_id IS NULL;
