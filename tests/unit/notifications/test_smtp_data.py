"""The bytes that follow DATA."""

from aiosmtplib.protocol import PERIOD_REGEX, normalize_message_line_endings
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifications.delivery.smtp_connection import as_data


@given(st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b".", b"a", "é".encode(), b".\r\n"])).map(b"".join))
@example(b"")
@example(b".\r\n")
@example(b"a\r\n.\r\nb\r\n")
@example(b"a\r\n\n\r")
def test_what_is_left_as_it_is_is_what_rewriting_all_of_it_would_have_made(content: bytes) -> None:
    assert as_data(content) == PERIOD_REGEX.sub(b"..", normalize_message_line_endings(content)) + b".\r\n"
