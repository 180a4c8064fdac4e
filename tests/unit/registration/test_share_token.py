"""What opens a share page: nobody guesses it, an address can carry it, and the contract takes it."""

from uuid import uuid4

import pytest
from pydantic import ValidationError

from services.registration.domain.share_token import new_share_token
from shared.contracts.registrations import CertificateShared


def test_each_is_another_one_of_128_bits_and_safe_in_an_address() -> None:
    tokens = {new_share_token() for _ in range(1000)}
    assert len(tokens) == 1000
    for token in tokens:
        assert len(token) == 22
        fact = CertificateShared(registration_id=uuid4(), workshop_id=uuid4(), share_token=token)
        assert token not in repr(fact)


@pytest.mark.parametrize("token", ["", "short", "a" * 21, "a" * 65, "a" * 21 + "/", "a" * 21 + "ä", "a" * 22 + "\n"])
def test_what_could_be_guessed_or_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(ValidationError):
        CertificateShared(registration_id=uuid4(), workshop_id=uuid4(), share_token=token)
