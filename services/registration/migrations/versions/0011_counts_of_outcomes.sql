SET LOCAL lock_timeout = '5s';

CREATE TABLE outcome_counts (
    workshop_id uuid NOT NULL,
    told_by text NOT NULL,
    purpose text NOT NULL,
    state text NOT NULL,
    outcomes bigint NOT NULL,
    PRIMARY KEY (workshop_id, told_by, purpose, state)
) WITH (fillfactor = 50);

COMMENT ON TABLE outcome_counts IS
'How many mails (told by notifications, by purpose) and certificates (told by certificates, purpose empty) of a workshop are in each state. Kept '
'by triggers: the version before this one writes outcomes without counting them.';

CREATE FUNCTION add_to_outcome_counts(workshop_ids uuid [], told_by text, purposes text [], states text [], by_each bigint)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO outcome_counts AS c (workshop_id, told_by, purpose, state, outcomes)
    SELECT n.workshop_id, $2, n.purpose, n.state, count(*) * $5
    FROM unnest($1, $3, $4) AS n (workshop_id, purpose, state)
    GROUP BY n.workshop_id, n.purpose, n.state
    ON CONFLICT (workshop_id, told_by, purpose, state) DO UPDATE SET outcomes = c.outcomes + excluded.outcomes
$$;

CREATE FUNCTION count_mails() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF tg_op <> 'DELETE' THEN
        PERFORM add_to_outcome_counts(array_agg(workshop_id), 'notifications', array_agg(purpose), array_agg(state), 1) FROM after;
    END IF;
    IF tg_op <> 'INSERT' THEN
        PERFORM add_to_outcome_counts(array_agg(workshop_id), 'notifications', array_agg(purpose), array_agg(state), -1) FROM before;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_certificates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF tg_op <> 'DELETE' THEN
        PERFORM add_to_outcome_counts(array_agg(workshop_id), 'certificates', array_agg(''::text), array_agg(state), 1) FROM after;
    END IF;
    IF tg_op <> 'INSERT' THEN
        PERFORM add_to_outcome_counts(array_agg(workshop_id), 'certificates', array_agg(''::text), array_agg(state), -1) FROM before;
    END IF;
    RETURN NULL;
END
$$;

-- Rows of counts are changed in no order: one transaction after the other, so that none waits for another that waits for it. A transaction
-- is one set of what was told, some hundreds under load; its lock is taken before any row of outcomes is.
CREATE FUNCTION take_turn_at_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('outcome_counts'), hashtext(tg_table_name));
    RETURN NULL;
END
$$;

CREATE TRIGGER a_turn BEFORE INSERT OR UPDATE OR DELETE ON notification_outcomes
FOR EACH STATEMENT EXECUTE FUNCTION take_turn_at_counts();
CREATE TRIGGER a_turn BEFORE INSERT OR UPDATE OR DELETE ON certificate_outcomes
FOR EACH STATEMENT EXECUTE FUNCTION take_turn_at_counts();

-- Since the first trigger writers wait until the counts are filled and all of this is committed: about a second for each million.
CREATE TRIGGER count_new AFTER INSERT ON notification_outcomes
REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_mails();
CREATE TRIGGER count_changed AFTER UPDATE ON notification_outcomes
REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_mails();
CREATE TRIGGER count_gone AFTER DELETE ON notification_outcomes
REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION count_mails();

CREATE TRIGGER count_new AFTER INSERT ON certificate_outcomes
REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_certificates();
CREATE TRIGGER count_changed AFTER UPDATE ON certificate_outcomes
REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_certificates();
CREATE TRIGGER count_gone AFTER DELETE ON certificate_outcomes
REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION count_certificates();

INSERT INTO outcome_counts (workshop_id, told_by, purpose, state, outcomes)
SELECT workshop_id, 'notifications', purpose, state, count(*) FROM notification_outcomes GROUP BY workshop_id, purpose, state
UNION ALL
SELECT workshop_id, 'certificates', '', state, count(*) FROM certificate_outcomes GROUP BY workshop_id, state;
