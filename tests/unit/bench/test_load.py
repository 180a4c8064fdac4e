"""The load generator sends what a browser would, and the sink understands what a mail client says."""

from io import StringIO
from itertools import islice
from pathlib import Path
from unittest.mock import Mock
from urllib.parse import parse_qs

from bench.load.arrivals import Arrivals
from bench.load.form import bodies, with_token
from bench.load.http import Answer, Connection, get
from bench.load.sink import Conversation
from services.registration.domain.form import MAXIMUM_LENGTHS


def test_every_visitor_fills_in_all_fields_with_an_address_of_their_own() -> None:
    sent = list(islice(bodies("run"), 200))
    assert len({address for address, _ in sent}) == 200
    for address, body in sent:
        fields = parse_qs(with_token(body, "token").decode("ascii"), keep_blank_values=True, strict_parsing=True)
        assert fields.keys() == {"form_token", *MAXIMUM_LENGTHS}
        assert fields["address"] == [address]


def test_an_answer_may_come_in_pieces_and_another_follows_on_the_same_connection() -> None:
    connection, answers = Connection(), list[Answer]()
    connection._waiting = Mock(done=lambda: False, set_result=answers.append)
    for _ in range(2):
        for piece in (b"HTTP/1.1 200 OK\r\nContent-", b"Length: 4\r\nLocation: /x\r\n\r\nab", b"cd"):
            connection.data_received(piece)
        assert (answers[-1].status, answers[-1].headers["location"], answers[-1].size) == (200, "/x", 4)
        connection._answer, connection._body = Answer(), []
    assert len(answers) == 2


def test_a_request_names_host_and_language() -> None:
    assert get("h:1", "/w", language="fr").decode().split("\r\n")[:3] == ["GET /w HTTP/1.1", "Host: h:1", "Accept-Language: fr"]


def test_the_sink_takes_mails_in_any_pieces_and_notes_recipient_and_purpose(tmp_path: Path) -> None:
    said, log = list[bytes](), StringIO()
    conversation = Conversation(log)
    conversation.connection_made(Mock(write=said.append))
    whole = (
        b"EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<v1.run@visitors.example>\r\nDATA\r\n"
        b"Subject: x\r\nX-Atelier-Purpose: confirmation\r\n\r\n..\r\nhello\r\n.\r\n"
    )
    for number in range(len(whole) * 2):
        conversation.data_received((whole * 2)[number : number + 1])
    assert [line.split()[1:] for line in log.getvalue().splitlines()] == [["v1.run@visitors.example", "confirmation"]] * 2
    assert [words[:3] for words in said] == [b"220", *[b"250", b"250", b"250", b"354", b"250"] * 2]


def test_arrivals_are_those_of_one_run_and_only_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "mails.log"
    log.write_text("1.0 v0.run@visitors.example confirmation\n")
    arrivals = Arrivals(log, "run")
    with log.open("a") as file:
        file.write("2.0 v1.run@visitors.example confirmation\n2.5 v1.other@visitors.example confirmation\n")
        file.write("3.0 v1.run@visitors.example reminder\n4.0 v2.run@visi")
    arrivals.look()
    assert arrivals.moments == {"v1.run@visitors.example": 2.0}
    with log.open("a") as file:
        file.write("tors.example confirmation\n")
    arrivals.look()
    assert arrivals.moments == {"v1.run@visitors.example": 2.0, "v2.run@visitors.example": 4.0}
