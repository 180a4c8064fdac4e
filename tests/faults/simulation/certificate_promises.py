"""What is promised about certificates: one valid for each registration that earned it, each told once, none for others."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from tests.faults.simulation.in_memory.rows import Row

_MAY_BECOME = {None: {"eligible"}, "eligible": {"issued"}, "issued": {"superseded", "revoked"}, "superseded": {"revoked"}, "revoked": set()}
_TELLS = {"issued": "certificate.issued.v1", "superseded": "certificate.superseded.v1", "revoked": "certificate.revoked.v1"}


class CertificateWatch:
    """Watches every change of every certificate."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        self._successors: dict[str, str] = {}
        self._issued: set[str] = set()
        self.withheld: set[str] = set()
        """Serials of those that were revoked because what was to replace them never was issued."""
        self._shared: set[str] = set()
        self._given_up: set[str] = set()

    def look(self, certificates: Sequence[Row]) -> None:
        """After each commit."""
        valid = Counter(row["registration_id"] for row in certificates if row["state"] in {"eligible", "issued"})
        assert all(count == 1 for count in valid.values()), "a registration has two valid certificates"
        for row in certificates:
            before, now = self._states.get(row["serial"]), row["state"]
            assert before == now or now in _MAY_BECOME[before], f"a certificate that was {before} became {now}"
            token = self._tokens.setdefault(row["serial"], row["verification_token"])
            assert token == row["verification_token"], "a certificate's token changed"
            if (before, now) == ("superseded", "revoked"):
                assert self._successors[row["serial"]] not in self._issued, "a certificate that has a successor was revoked"
                self.withheld.add(row["serial"])
            if now == "superseded":
                self._successors[row["serial"]] = row["superseded_by"]
            if now == "issued":
                self._issued.add(row["serial"])
            self._states[row["serial"]] = now
        made = {row["serial"] for row in certificates}
        for row in certificates:
            assert row["superseded_by"] in made | {None}, "a certificate names a successor that is not there"

    def look_at_shares(self, shares: Sequence[Row]) -> None:
        """After each commit: what was switched off, or belongs to somebody who was erased, opens nothing again."""
        on = {row["share_token"] for row in shares} - {None}
        self._given_up |= self._shared - on
        self._shared = on
        assert not on & self._given_up, "an address that was given up opens a share page again"


def check_certificates(
    withheld: Collection[str],
    told: Sequence[tuple[UUID, str, UUID]],
    certificates: Sequence[Row],
    documents: Sequence[Row],
    status_lists: Sequence[Row],
    outbox: Sequence[Row],
    dead_letters: Sequence[Row],
) -> None:
    """In the end, by what was told of each person; the workshop was completed, and one session is enough.

    `withheld`: serials of those that were revoked because their successors never were issued.
    """
    assert not dead_letters, f"set aside: {[row['reason'] for row in dead_letters]}"
    lives: dict[UUID, list[str]] = defaultdict(list)
    for person, what, _ in told:
        lives[person].append(what)
    of_person = defaultdict(list)
    for row in sorted(certificates, key=lambda row: row["edition"]):
        of_person[row["registration_id"]].append(row)
    for person, life in lives.items():
        present = [what for what in life if what in {"attended", "absent"}][-1:] == ["attended"]
        earned = present and not {"withdrawn", "erased"} & set(life)
        states = [row["state"] for row in of_person[person]]
        assert (states.count("issued") == 1) == earned, f"somebody who was {', '.join(life)} has certificates that are {states}"
        assert "eligible" not in states, "a certificate was never rendered"
        assert [row["edition"] for row in of_person[person]] == list(range(1, len(states) + 1)), "editions have gaps"
        kept = [row for row in documents if row["registration_id"] == person]
        assert not kept or "erased" not in life, "a document outlived its person's erasure"
        for row in of_person[person]:
            texts = [document["pdf"].decode() for document in kept if document["edition"] == row["edition"]]
            assert row["erased"] or len(texts) == 1, "a certificate has not exactly one document"
            assert row["erased"] or repr(row["serial"]) in texts[0], "a document is that of another certificate"
    told_invalid = {index for row in status_lists for index in json.loads(row["credential"])["invalid"]}
    invalid = {row["status_index"] for row in certificates if row["state"] in {"revoked", "superseded"}}
    assert told_invalid == invalid, f"status lists say {told_invalid} of certificates that are not valid, which are {invalid}"
    _check_news(withheld, of_person, outbox)


def _check_news(withheld: Collection[str], of_person: dict[UUID, list[Row]], outbox: Sequence[Row]) -> None:
    news = defaultdict(list)
    completions = []
    for row in sorted(outbox, key=lambda row: row["id"]):
        data = json.loads(row["payload"])["data"]
        if row["type"] in _TELLS.values():
            news[UUID(data["registration_id"])].append((row["type"], data["edition"]))
        elif data.get("fact_type") == "workshop.completed.v1":
            completions.append(data["effects"])
    for person, rows in of_person.items():
        expected = []
        for row in rows:
            expected.append((_TELLS["issued"], row["edition"]))
            if row["serial"] in withheld:
                expected.append((_TELLS["superseded"], row["edition"]))
            if row["state"] != "issued":
                expected.append((_TELLS[row["state"]], row["edition"]))
        assert news[person] == expected, f"of certificates {[(row['edition'], row['state']) for row in rows]} was told {news[person]}"
    assert not news.keys() - of_person.keys(), "a certificate was told of that is not there"
    issued = sum(row["state"] == "issued" for rows in of_person.values() for row in rows)
    assert completions, "the completion was not answered"
    assert completions[-1]["issued"] == issued, f"the completion was last answered with {completions[-1]}, and {issued} are issued"


def check_shares(told: Sequence[tuple[UUID, str, UUID]], shares: Sequence[Row]) -> None:
    """In the end, by what was told of each person."""
    expected: dict[UUID, str] = {}
    for person, what, fact_id in told:
        if what == "shared":
            expected[person] = fact_id.hex
        elif what in {"unshared", "erased"}:
            expected.pop(person, None)
    found = {row["registration_id"]: row["share_token"] for row in shares if row["share_token"] is not None}
    assert found == expected, f"{expected} is shared, and kept is {found}"
