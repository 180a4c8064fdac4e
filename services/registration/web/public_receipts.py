"""The address of the answer page: what was answered, signed, for a short while, and nothing about who asked."""

from itsdangerous import BadData, URLSafeTimedSerializer

from services.registration.domain.places import Answer, Outcome

_SECONDS = 3600


class InvalidReceiptError(ValueError):
    """Forged, damaged or older than an hour."""


class Receipts:
    """Issues and reads receipts; `secret` signs them. Their age is counted in real time."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="answer-page")

    def issue(self, slug: str, answer: Answer) -> str:
        """A receipt that is good for one workshop's answer page."""
        receipt = self._serializer.dumps([slug, answer.outcome.value, answer.position])
        return receipt if isinstance(receipt, str) else receipt.decode()

    def read(self, slug: str, receipt: str) -> Answer:
        """What was answered.

        Raises:
            InvalidReceiptError: it is not one of ours for this workshop, or too old.
        """
        try:
            issued_for, outcome, position = self._serializer.loads(receipt, max_age=_SECONDS)
            answer = Answer(Outcome(outcome), position)
        except (BadData, ValueError, TypeError):
            raise InvalidReceiptError("not a receipt") from None
        if issued_for != slug:
            raise InvalidReceiptError("another workshop's receipt")
        return answer
