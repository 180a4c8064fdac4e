"""When a planned message may leave: the SQL conditions that claiming, sending and counting share.

Each expects `messages` as m, and nothing else beside it: other tables are asked row by row, in scalar subqueries with LIMIT 1, which the
server does not turn into joins. A statement that has `messages` alone to choose an index for takes the one that has its order. Joined, it
once took the one that leads to the workshop, and read all that had ever been sent to find that no reminder was due.
"""

KNOWN = """
    (
        SELECT (w.state <> 'cancelled' OR w.cancelled_by IS NOT NULL)
               AND (m.rank NOT IN (1, 3) OR (NOT w.agenda_stale AND r.agenda_digest = w.agenda_digest))
        FROM registrations r
        JOIN participants p ON p.registration_id = r.registration_id
        JOIN workshops w ON w.workshop_id = m.workshop_id
        WHERE r.registration_id = m.registration_id
        LIMIT 1
    )
    AND (
        SELECT true FROM workshop_facts f
        WHERE f.workshop_id = m.workshop_id AND NOT f.included
          AND (m.rank IN (1, 3) OR f.type IN ('workshop.cancelled.v1', 'workshop.rescheduled.v1'))
        LIMIT 1
    ) IS NULL
"""
"""Participant, record and facts of the workshop are all here, and what the agenda says has reached the message."""

FIRST = """
    (
        SELECT true FROM messages b
        WHERE b.registration_id = m.registration_id AND b.message_id <> m.message_id
          AND (b.state IN ('claimed', 'sending')
               OR (b.state = 'planned'
                   AND (b.rank = 3, b.due_at, b.rank, b.sequence, b.message_id) < (m.rank = 3, m.due_at, m.rank, m.sequence, m.message_id)))
        LIMIT 1
    ) IS NULL
"""
"""No other message of the registration is on its way or comes before it. Those that facts caused come before reminders."""
