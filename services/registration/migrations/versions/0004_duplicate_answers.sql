SET LOCAL lock_timeout = '5s';

CREATE TABLE duplicate_answers (
    registration_id uuid NOT NULL REFERENCES registrations (id),
    form_token uuid NOT NULL,
    workshop_id uuid NOT NULL REFERENCES workshops (id),
    answered text NOT NULL CHECK (answered IN ('confirmed', 'waiting')),
    answered_position bigint,
    PRIMARY KEY (registration_id, form_token),
    CONSTRAINT waiting_has_position CHECK ((answered = 'waiting') = (answered_position IS NOT NULL))
);
COMMENT ON TABLE duplicate_answers IS
'What a form was told whose address held this registration already: sent again, it is told the same, as if it had made the registration itself';

CREATE INDEX duplicate_answers_by_workshop ON duplicate_answers (workshop_id);
