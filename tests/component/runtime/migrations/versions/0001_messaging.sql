CREATE TABLE notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key uuid NOT NULL,
    number integer NOT NULL,
    CONSTRAINT notes_number_positive CHECK (number > 0)
);
CREATE TABLE forgotten (key uuid PRIMARY KEY);
