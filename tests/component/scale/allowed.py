"""What statements may read or sort that grows, and why: parts of `complaint: module: statement`, in their order, -> the reason."""

_WORKSHOP = "the workshop's page: from the index alone, 10 ms for 100,000"
_COMPLETING = "asked by the form with which an organiser completes it"
_STATUS = "counts what waits, for an operator's look at /status"
_LETTER = "asked with each letter that an operator replays; an index would be paid for with each event that is heard"
_EVERYBODY = "asked with a command that then mails everybody in the workshop; an index would be paid for with each registration"
_PLAN = "the plan of one workshop; an index would be paid for with each of the states that every message passes"
_BOARD = "messages of a purpose or state of which a workshop has few: all of its own are read; an index would be paid for as with the plan"
_METRICS = "a figure for metrics, which takes a hundredth of a connection's time at most"
_REBUILD = "runs once, at the end of a rebuild, which has read all topics from their beginning before it"

OF_RUNTIME = {
    ("dead_letters", "FROM dead_letters WHERE ($1::text IS NULL OR topic = $1)"): "an operator's look at letters, which are few and expire",
    ("reads many rows of dead_letters", "SELECT count(*)"): "from an index of those that wait alone; they are few and expire",
    ("reads all of inbox", "WHERE topic = $1 AND key = $2 AND sequence > $3"): _LETTER,
    ("sorts what it picks from many rows of inbox", "WHERE topic = $1 AND key = $2 AND sequence > $3"): _LETTER,
    (": shared.runtime.rebuild_tables:",): _REBUILD,
}
OF_SERVICE = {
    "registration": {
        ("reads many rows of attendance", "SELECT session_code, count(*)"): _WORKSHOP,
        (
            "reads many rows",
            "HAVING count(*) >= $4 AND sum(s.minutes) >= $5",
        ): _COMPLETING,
        ("sorts what it picks from many rows", "HAVING count(*) >= $4 AND sum(s.minutes) >= $5"): _COMPLETING,
        ("reads many rows of registrations", "SELECT greatest(max(submitted_at), max(promoted_at))"): _EVERYBODY,
    },
    "notifications": {
        (".storage.rebuilding:",): _REBUILD,
        ("reads many rows of messages", "SELECT purpose, rule_id, state, count(*)"): _PLAN,
        ("sorts what it picks from many rows of messages", "storage.board:", "ORDER BY m.due_at, m.message_id LIMIT $2"): _BOARD,
        ("reads all of messages", "SELECT state, count(*)"): _METRICS,
    },
    "certificates": {
        (".storage.rebuilding:",): _REBUILD,
        ("ORDER BY length(certificate_name) DESC",): "asked when an organiser looks at a preview",
        (
            "reads many rows of certificates",
            "SELECT count(*) FILTER (WHERE state = 'eligible' AND error IS NULL)",
        ): "an organiser's page, from the workshop's own certificates",
        (".storage.documents:",): "an operator's command that backs up or brings back all documents",
        (
            "reads many rows of certificates",
            "AS errors FROM certificates WHERE workshop_id = $1",
        ): "from the index, to answer a completion",
        (
            "reads many rows of registrations",
            "SET unsettled = true FROM workshops w",
        ): "what was learned concerns each of them",
        ("reads many rows of certificates", "SELECT (SELECT count(*) FROM workshops WHERE unsettled)"): _STATUS,
        ("looks through certificates by certificates_in_line",): "in the order of its index, past those in work or with an error",
        ("reads all of status_changes", "SELECT (SELECT count(*) FROM workshops WHERE unsettled)"): _STATUS,
        ("reads all of certificates", "AS certificates FROM certificates GROUP BY shown"): _METRICS,
        ("reads many rows of certificates", "augment_after IS NOT NULL"): _METRICS,
    },
}

ANSWERED_FOR_ALL = {
    "FROM receipts x": "facts of organisers and registrations that wait for their plan, each from an index of those alone",
    "SELECT (SELECT count(*) FROM workshops w": _STATUS,
    "WITH waiting AS (": "certificates that wait to be rendered, from an index of those alone",
}
"""What may read for all what it answers for one, by a part of the statement -> the reason."""


def judge(service: str, complaints: list[str]) -> tuple[list[str], list[tuple[str, ...]]]:
    """Complaints that nothing allows, and what is allowed although nobody complains of it."""
    allowed = [*OF_RUNTIME, *OF_SERVICE[service]]
    refused = [said for said in complaints if not any(_fits(parts, said) for parts in allowed)]
    return refused, [parts for parts in allowed if not any(_fits(parts, said) for said in complaints)]


def _fits(parts: tuple[str, ...], said: str) -> bool:
    place = 0
    for part in parts:
        place = said.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return True
