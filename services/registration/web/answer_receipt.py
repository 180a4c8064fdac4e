"""The address of an answer page: signed, short-lived, and without anything about the person or the registration."""

from itsdangerous import BadData, URLSafeTimedSerializer

from services.registration.domain.places import Answer, Outcome

LIFETIME_SECONDS = 900


class AnswerReceipts:
    """Puts an answer into an address and reads it back; `secret` signs it. Lifetimes are real time."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="answer")

    def issue(self, slug: str, answer: Answer) -> str:
        """The last part of `/workshops/{slug}/registered/{receipt}`."""
        receipt = self._serializer.dumps([slug, answer.outcome.value, answer.position])
        return receipt if isinstance(receipt, str) else receipt.decode()

    def read(self, slug: str, receipt: str) -> Answer | None:
        """The answer, or None for a receipt that is forged, too old or of another workshop."""
        try:
            of_slug, outcome, position = self._serializer.loads(receipt, max_age=LIFETIME_SECONDS)
            answer = Answer(Outcome(outcome), position)
        except (BadData, ValueError, TypeError):
            return None
        return answer if of_slug == slug else None
