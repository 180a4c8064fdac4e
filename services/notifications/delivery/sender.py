"""Sending: claim, compose, announce, judge once more, hand over, record. One sender for each connection to the mail server."""

import asyncio
from collections.abc import Sequence

from services.notifications.compose.composer import ComposedMail, Composer
from services.notifications.compose.mime import UnsendableAddressError
from services.notifications.delivery.prefetch import Prefetch
from services.notifications.delivery.refusals import NoAnswerError, RefusedError, ServerAwayError, retry_wait
from services.notifications.delivery.sending_desk import SendingDesk, Written
from services.notifications.delivery.smtp_connection import SmtpConnection
from services.notifications.domain.message_id import domain_of
from services.notifications.domain.outgoing import Outgoing
from services.notifications.settings import NotificationsSettings
from services.notifications.storage.claims import Claim
from services.notifications.use_cases.begin_sending import Begin, Beginning
from services.notifications.use_cases.record_outcomes import Failed, Outcome, Postponed, Released, Sent, Uncertain
from shared.runtime.clock import Clock
from shared.runtime.telemetry import correlated, get_logger
from shared.runtime.tracing import Role, note, span
from shared.runtime.waiting import Backoff

log = get_logger(__name__)


class _NotBegunError(Exception):
    """A message could not be marked as being sent, or nobody knows whether it was; it was not handed over, and its cause is the cause."""


def _about(message: Outgoing) -> dict[str, str | int]:
    return {
        "atelier.message": str(message.message_id),
        "atelier.purpose": message.purpose.value,
        "atelier.key": str(message.registration_id),
        "atelier.attempt": message.attempts + 1,
    }


class Sender:
    """Sends messages one after another over a connection of its own.

    Args:
        settings: of the process.
        clock: business time.
        composer: makes mails from messages.
        prefetch: hands out what is to be sent, to all senders of the worker.
        desk: writes down what is begun and what came of it, for all senders of the worker.
    """

    def __init__(self, settings: NotificationsSettings, *, clock: Clock, composer: Composer, prefetch: Prefetch, desk: SendingDesk) -> None:
        self._settings = settings
        self._clock = clock
        self._composer = composer
        self._prefetch = prefetch
        self._desk = desk
        self._recording: list[Written] = []
        self._connection = SmtpConnection(settings)
        self._mail_domain = domain_of(settings.mail_from)
        self._backoff = Backoff(first=0.5, longest=30.0)
        self._rests_until = float("-inf")
        """By the event loop's clock: until then the mail server is left alone."""

    async def run(self) -> bool:
        """Bring each message to an end until there is none left, or the process stops. True if any was."""
        if asyncio.get_running_loop().time() < self._rests_until:
            return False
        try:
            worked = await self._send_all()
        except Exception:
            self._give_back(self._prefetch.drain())
            await self._recorded()
            raise
        if self._prefetch.stopping:
            self._give_back(self._prefetch.drain())
        await self._recorded()
        return worked

    async def _send_all(self) -> bool:
        worked = False
        while (message := await self._prefetch.next()) is not None:
            with correlated(message.correlation_id), span("send mail", Role.CLIENT, cause=message.traceparent, attributes=_about(message)):
                try:
                    await self._send(message)
                except ServerAwayError:
                    self._rest(message)
                    return worked
                except _NotBegunError as error:
                    self._give_back([message])
                    raise error.__cause__ or error from None
            worked = True
        return worked

    def _rest(self, message: Outgoing) -> None:
        """The server is away, or takes no connection from this sender; the others may still be at work, and get what nobody has taken."""
        wait = self._backoff.next()
        self._rests_until = asyncio.get_running_loop().time() + wait
        left = self._prefetch.drain()
        log.warning("mail_server_away", attempt=self._backoff.attempts, waiting=1 + len(left))
        self._give_back([message], wait_seconds=wait)
        self._give_back(left)

    def close(self) -> None:
        """Close the connection to the mail server."""
        self._connection.drop()

    async def _send(self, message: Outgoing) -> None:
        claim = Claim(message.message_id, message.fence)
        mail = self._compose(message, claim)
        if mail is None:
            return
        try:
            await self._connection.announce(mail)
        except RefusedError as refusal:
            self._refused(message, claim, refusal)
            await self._connection.reset()
            return
        self._backoff.reset()
        try:
            begin = await self._begin(message, claim, mail)
        except Exception as error:
            raise _NotBegunError from error
        if begin is not Begin.SEND:
            log.info("message_not_sent", message=str(message.message_id), outcome=begin.value)
            note(outcome=begin.value)
            await self._connection.reset()
            return
        try:
            await self._connection.hand_over(mail.content)
        except NoAnswerError:
            log.warning("message_uncertain", message=str(message.message_id))
            note(outcome="uncertain")
            self._record(Uncertain(claim))
        except RefusedError as refusal:
            self._refused(message, claim, refusal)
            await self._connection.reset()
        else:
            self._sent(message, claim)

    def _compose(self, message: Outgoing, claim: Claim) -> ComposedMail | None:
        try:
            return self._composer.compose(message, now=self._clock.now())
        except UnsendableAddressError:
            self._fail(claim, "the address is none that mail can be sent to")
        except Exception:
            # A fault of ours in one message must not hold up the others; a corrected version finds it still waiting.
            log.exception("message_not_composed", message=str(message.message_id), purpose=message.purpose.value)
            self._try_later(message, claim, "the message could not be composed")
        return None

    async def _begin(self, message: Outgoing, claim: Claim, mail: ComposedMail) -> Begin:
        begin = await self._desk.begin(Beginning(claim, message.basis, mail.language), after=self._recording)
        await self._recorded()
        return begin

    def _sent(self, message: Outgoing, claim: Claim) -> None:
        note(outcome="sent")
        self._record(Sent(claim, self._clock.now()))
        log.info("message_sent", message=str(message.message_id), purpose=message.purpose.value)

    def _refused(self, message: Outgoing, claim: Claim, refusal: RefusedError) -> None:
        if refusal.permanent:
            self._fail(claim, refusal.reason)
        else:
            self._try_later(message, claim, refusal.reason)

    def _try_later(self, message: Outgoing, claim: Claim, reason: str) -> None:
        attempts = message.attempts + 1
        wait = retry_wait(self._settings, attempts)
        if wait is None:
            self._fail(claim, f"{reason}, {attempts} times")
            return
        note(outcome="postponed")
        log.info("message_postponed", message=str(message.message_id), reason=reason, attempt=attempts)
        self._record(Postponed(claim, wait))

    def _fail(self, claim: Claim, reason: str) -> None:
        note(outcome="failed")
        log.warning("message_failed", message=str(claim.message_id), reason=reason)
        self._record(Failed(claim, reason))

    def _record(self, outcome: Outcome) -> None:
        """Have written down what the mail server said, or that it was told nothing. The next message may be announced meanwhile."""
        self._recording.append(self._desk.record(outcome))

    async def _recorded(self) -> None:
        """Wait until everything is written down."""
        recording, self._recording = self._recording, []
        for result in await asyncio.gather(*map(asyncio.shield, recording), return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    def _give_back(self, messages: Sequence[Outgoing], *, wait_seconds: float = 0) -> None:
        """Nothing of these was handed over, which is no attempt of any: all are planned again, to be looked at after a while."""
        if messages:
            self._record(Released(tuple(Claim(message.message_id, message.fence) for message in messages), wait_seconds))
