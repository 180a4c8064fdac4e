"""When a planned message may leave: the SQL conditions that claiming, sending and counting share.

Each expects `messages` as m, `registrations` as r, `workshops` as w and `participants` as p.
"""

JOINS = """
    JOIN registrations r ON r.registration_id = m.registration_id
    JOIN workshops w ON w.workshop_id = m.workshop_id
    JOIN participants p ON p.registration_id = m.registration_id
"""
"""A message without participant or workshop waits for them."""

KNOWN = """
    (w.state <> 'cancelled' OR w.cancelled_by IS NOT NULL)
    AND NOT EXISTS (
        SELECT FROM workshop_facts f
        WHERE f.workshop_id = m.workshop_id AND NOT f.included
          AND (m.rank IN (1, 3) OR f.type IN ('workshop.cancelled.v1', 'workshop.rescheduled.v1'))
    )
    AND (m.rank NOT IN (1, 3) OR (NOT w.agenda_stale AND r.agenda_digest = w.agenda_digest))
"""
"""Record and facts of the workshop are both here, and what the agenda says has reached the message."""

FIRST = """
    NOT EXISTS (
        SELECT FROM messages b
        WHERE b.registration_id = m.registration_id AND b.message_id <> m.message_id
          AND (b.state IN ('claimed', 'sending')
               OR (b.state = 'planned'
                   AND (b.rank = 3, b.due_at, b.rank, b.sequence, b.message_id) < (m.rank = 3, m.due_at, m.rank, m.sequence, m.message_id)))
    )
"""
"""No other message of the registration is on its way or comes before it. Those that facts caused come before reminders."""
