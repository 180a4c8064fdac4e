"""Personal links: who comes, until when, and what forgeries learn."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.registration.domain.personal_link import InvalidLinkError, PersonalLinks
from services.registration.domain.places import Answer, Outcome
from services.registration.web.answer_receipt import AnswerReceipts

END = datetime(2023, 10, 26, 15, tzinfo=UTC)
LINKS = PersonalLinks("a secret of thirty-two characters", "https://atelier.example/")


def test_a_link_leads_back_to_its_registration_for_a_year_after_the_end() -> None:
    registration = uuid4()
    link = LINKS.issue(registration, END)
    assert link.startswith("https://atelier.example/my/")
    token = link.rsplit("/", 1)[1]
    assert LINKS.read(token, END + timedelta(days=364)) == registration
    with pytest.raises(InvalidLinkError) as refused:
        LINKS.read(token, END + timedelta(days=365))
    assert refused.value.expired


def test_forged_and_damaged_links_are_not_valid_and_not_expired() -> None:
    token = LINKS.token(uuid4(), END)
    other = PersonalLinks("another secret of thirty-two chars", "https://atelier.example").token(uuid4(), END)
    receipts = AnswerReceipts("a secret of thirty-two characters").issue("slug", Answer(Outcome.CONFIRMED))
    for forged in (other, token[:-1], token + "x", "", "x.y", "é", "\ud800", "a" * 10_000, receipts):
        with pytest.raises(InvalidLinkError) as refused:
            LINKS.read(forged, END)
        assert not refused.value.expired


def test_an_answer_page_is_of_one_workshop_and_signed() -> None:
    receipts = AnswerReceipts("a secret of thirty-two characters")
    receipt = receipts.issue("slug", Answer(Outcome.WAITING, 3))
    assert receipts.read("slug", receipt) == Answer(Outcome.WAITING, 3)
    assert receipts.read("other", receipt) is None
    assert receipts.read("slug", receipt[:-2]) is None
    assert AnswerReceipts("another secret of thirty-two chars").read("slug", receipt) is None
