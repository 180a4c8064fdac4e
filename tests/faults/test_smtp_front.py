"""The SMTP front passes everything to the mailbox and back, and harms exactly what it is asked to harm."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.embedded.mailbox.smtp import smtp_server
from deploy.embedded.mailbox.store import Mailbox
from deploy.embedded.ports import LOOPBACK
from tests.faults.matrix.smtp import At, Refusal, SmtpFront
from tests.faults.wire import Ends, connect
from tests.waiting import eventually

COMMANDS = {At.MAIL: "MAIL FROM:<a@example.org>", At.RCPT: "RCPT TO:<b@example.org>", At.DATA: "DATA"}


@dataclass
class Client:
    ends: Ends

    async def answer(self) -> str:
        async with asyncio.timeout(5):
            while (line := (await self.ends.reader.readline()).decode())[3:4] == "-":
                pass
        return line.strip()

    async def ask(self, line: str) -> str:
        await self.ends.say(f"{line}\r\n".encode())
        return await self.answer()

    async def go_to(self, at: At) -> None:
        """Say everything before this moment."""
        assert (await self.answer()).startswith("220 mailbox.localhost")
        assert (await self.ask("EHLO client.example.org")).startswith("250")
        await self.begin(at)

    async def begin(self, at: At) -> None:
        for earlier, line in COMMANDS.items():
            if earlier is at:
                return
            assert (await self.ask(line))[:3] in {"250", "354"}

    async def text(self, message_id: str) -> None:
        await self.ends.say(f"Subject: x\r\nMessage-ID: {message_id}\r\n\r\nHello\r\n..dot\r\n.\r\n".encode())

    async def mail(self, message_id: str) -> str:
        await self.begin(At.DOT)
        await self.text(message_id)
        return await self.answer()


@dataclass
class Post:
    front: SmtpFront
    mailbox: Mailbox
    clients: list[Client] = field(default_factory=list)

    async def client(self) -> Client:
        self.clients.append(Client(await connect(self.front.port)))
        return self.clients[-1]

    @property
    def kept(self) -> list[str]:
        return [entry.message_id for entry in reversed(self.mailbox.entries())]


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    async with office(tmp_path) as made:
        yield made


@asynccontextmanager
async def office(directory: Path) -> AsyncIterator[Post]:
    mailbox = Mailbox(directory)
    async with smtp_server(mailbox, host=LOOPBACK, port=0) as port, SmtpFront((LOOPBACK, port)) as front:
        yield (made := Post(front, mailbox))
        for client in made.clients:
            client.ends.writer.transport.abort()
        await asyncio.sleep(0)


async def test_what_passes_is_the_mailbox_s_own_word(post: Post) -> None:
    client = await post.client()
    await client.go_to(At.MAIL)
    assert await client.ask("NONSENSE") == '500 Error: command "NONSENSE" not recognized'
    assert (await client.mail("<1@example.org>")).startswith("250 2.0.0 kept as 000001.eml")
    assert (await client.mail("<2@example.org>")).startswith("250 2.0.0 kept as 000002.eml")
    assert (await client.ask("MAIL FROM:<a@example.org>"))[:3] == "250"
    assert (await client.ask("MAIL FROM:<a@example.org>"))[:3] == "503"
    assert post.front.transactions == 1
    assert await post.front.until_under_way(1)
    assert (await client.ask("RSET"))[:3] == "250"
    assert post.front.transactions == 0
    assert not await post.front.until_under_way(0.01)
    assert (await client.ask("QUIT"))[:3] == "221"
    assert await client.ends.hear_out() == b""
    entry = post.mailbox.entry(1)
    assert entry is not None
    assert (entry.mail_from, entry.recipients) == ("a@example.org", ("b@example.org",))
    assert b"\r\n.dot\r\n" in post.mailbox.source(entry)
    assert post.kept == ["<1@example.org>", "<2@example.org>"]
    assert post.front.taken == {"<1@example.org>": 1, "<2@example.org>": 1}
    assert post.front.doubtful() == []


async def test_a_mail_sent_twice_is_counted_twice(post: Post) -> None:
    client = await post.client()
    await client.go_to(At.MAIL)
    for _ in range(2):
        await client.mail("<1@example.org>")
    assert post.front.taken["<1@example.org>"] == 2


async def test_nobody_is_in_doubt_once_the_client_has_gone_on(post: Post) -> None:
    client = await post.client()
    await client.go_to(At.MAIL)
    await client.mail("<1@example.org>")
    assert [handed.message_id for handed in post.front.doubtful(way_broken=True)] == ["<1@example.org>"]
    await client.ask("NOOP")
    assert post.front.doubtful() == []


@pytest.mark.parametrize("at", [At.GREETING, At.MAIL, At.RCPT, At.DATA, At.DOT])
async def test_it_hangs_and_what_hangs_stays_hung(post: Post, at: At) -> None:
    client = await post.client()
    if at is not At.GREETING:
        await client.go_to(at)
    post.front.hang(at)
    if at is At.GREETING:
        await client.ends.hear_out()  # the conversations that there were have ended
        client = await post.client()
    elif at is At.DOT:
        await client.text("<1@example.org>")
    else:
        await client.ends.say(f"{COMMANDS[at]}\r\n".encode())
    assert await post.front.until_struck(5)
    assert await client.ends.hears_nothing()
    post.front.clean()
    assert await client.ends.hears_nothing()
    assert post.kept == []
    other = await post.client()
    await other.go_to(At.MAIL)
    assert (await other.mail("<2@example.org>"))[:3] == "250"


async def test_it_may_hang_with_the_mail_taken(post: Post) -> None:
    post.front.hang(At.DOT, taking=True)
    client = await post.client()
    await client.go_to(At.DOT)
    await client.text("<1@example.org>")
    assert await client.ends.hears_nothing()
    assert post.kept == ["<1@example.org>"]
    assert [(handed.message_id, handed.taken) for handed in post.front.doubtful(way_broken=True)] == [("<1@example.org>", True)]


async def test_it_refuses_connections_and_ends_open_ones(post: Post) -> None:
    client = await post.client()
    await client.go_to(At.MAIL)
    post.front.refuse()
    assert await client.ends.hear_out() == b""
    with pytest.raises(ConnectionRefusedError):
        await post.client()
    post.front.clean()
    await (await post.client()).go_to(At.MAIL)


@pytest.mark.parametrize("code", [450, 550])
@pytest.mark.parametrize("at", [At.MAIL, At.RCPT, At.DATA, At.DOT])
async def test_it_answers_and_the_next_mail_passes_on_the_same_connection(post: Post, at: At, code: int) -> None:
    client = await post.client()
    await client.go_to(at)
    post.front.answer(code, at, times=1)
    if at is At.DOT:
        await client.text("<1@example.org>")
        answer = await client.answer()
    else:
        answer = await client.ask(COMMANDS[at])
    assert answer.startswith(f"{code} ")
    assert post.front.struck == 1
    recipients = () if at is At.MAIL else ("b@example.org",)
    refusal = Refusal(code, at, recipients, "<1@example.org>" if at is At.DOT else None)
    assert post.front.refusals == [refusal]
    assert post.front.refused_for_good == ([refusal] if code == 550 else [])
    assert (await client.ask("RSET"))[:3] == "250"
    assert (await client.mail("<2@example.org>"))[:3] == "250"
    assert post.kept == ["<2@example.org>"]


async def test_a_server_that_says_it_closes_closes(post: Post) -> None:
    client = await post.client()
    await client.go_to(At.RCPT)
    post.front.answer(421, At.RCPT)
    assert (await client.ask(COMMANDS[At.RCPT]))[:3] == "421"
    assert await client.ends.hear_out() == b""


@pytest.mark.parametrize("taking", [True, False])
async def test_it_dies_before_or_after_the_mailbox_has_the_mail(post: Post, *, taking: bool) -> None:
    client, other = await post.client(), await post.client()
    await client.go_to(At.DOT)
    await other.go_to(At.RCPT)
    post.front.die(At.DOT, taking=taking)
    await client.text("<1@example.org>")
    assert await client.ends.hear_out() == b""
    assert await other.ends.hear_out() == b""
    assert post.front.struck == 1
    with pytest.raises(ConnectionRefusedError):
        await post.client()
    assert post.kept == (["<1@example.org>"] if taking else [])
    assert post.front.taken == ({"<1@example.org>": 1} if taking else {})
    post.front.clean()
    again = await post.client()
    await again.go_to(At.MAIL)
    assert (await again.mail("<2@example.org>"))[:3] == "250"


async def test_half_a_command_and_half_a_text_leave_nothing(post: Post) -> None:
    client = await post.client()
    await client.go_to(At.RCPT)
    await client.ends.say(b"RCPT TO:<b@exam")
    client.ends.writer.write_eof()
    assert await client.ends.hear_out() == b""
    client = await post.client()
    await client.go_to(At.DOT)
    await client.ends.say(b"Message-ID: <1@example.org>\r\n\r\nHel")
    client.ends.writer.write_eof()
    assert await client.ends.hear_out() == b""
    assert post.kept == []
    assert [handed.message_id for handed in post.front.doubtful(way_broken=True)] == ["<1@example.org>"]


async def test_a_text_of_which_nothing_arrived_is_in_doubt_by_its_recipient(post: Post) -> None:
    client = await post.client()
    await client.go_to(At.DOT)
    client.ends.writer.transport.abort()
    assert post.front.in_doubt("<1@example.org>", "b@example.org")
    assert not post.front.in_doubt("<1@example.org>", "c@example.org")
    other = await post.client()
    await other.go_to(At.MAIL)
    await other.mail("<2@example.org>")
    assert post.front.in_doubt("<2@example.org>", "c@example.org", way_broken=True)
    await other.ask("NOOP")
    assert not post.front.in_doubt("<2@example.org>", "c@example.org")


async def test_a_mailbox_that_goes_away_ends_the_conversation(tmp_path: Path) -> None:
    async with office(tmp_path) as post:
        client = await post.client()
        await client.go_to(At.MAIL)
        await eventually(lambda: post.front.transactions == 0, what="idle")
    assert await client.ends.hear_out() == b""


async def test_who_stays_after_the_answer_has_it_unless_the_way_is_broken(post: Post) -> None:
    client = await post.client()
    await client.go_to(At.MAIL)
    await client.mail("<1@example.org>")
    await eventually(lambda: not post.front.doubtful(), within=5, what="the client to have stayed")
    assert [handed.message_id for handed in post.front.doubtful(way_broken=True)] == ["<1@example.org>"]


async def test_who_leaves_at_once_after_the_answer_may_not_have_it(post: Post) -> None:
    client, other = await post.client(), await post.client()
    await client.go_to(At.MAIL)
    await client.mail("<1@example.org>")
    client.ends.writer.close()
    await other.go_to(At.MAIL)
    await other.mail("<2@example.org>")
    await eventually(lambda: len(post.front.doubtful()) == 1, within=5, what="the other to have stayed")
    assert [handed.message_id for handed in post.front.doubtful()] == ["<1@example.org>"]


KNOWN = {"one": ("<1@example.org>", "b@example.org"), "two": ("<2@example.org>", "c@example.org")}


@pytest.mark.parametrize(
    ("refusals", "unexplained"),
    [
        ([], ["one", "two"]),
        ([Refusal(550, At.DOT, ("b@example.org",), "<1@example.org>")], ["two"]),
        ([Refusal(550, At.RCPT, ("c@example.org",), None)], ["one"]),
        ([Refusal(450, At.DOT, ("b@example.org",), "<1@example.org>")], ["one", "two"]),
        ([Refusal(550, At.MAIL, (), None)], ["one", "two"]),
        ([Refusal(550, At.MAIL, (), None), Refusal(550, At.MAIL, (), None)], []),
    ],
    ids=["no refusal", "by its id", "by its recipient", "not for good", "of one, nobody knows which", "of as many as failed"],
)
async def test_a_failure_needs_a_refusal_of_that_message(refusals: list[Refusal], unexplained: list[str]) -> None:
    async with SmtpFront(("127.0.0.1", 1)) as front:
        for refusal in refusals:
            front.refused(refusal)
        assert front.unrefused(KNOWN) == unexplained
