"""Proofs: what is signed is all that is said, and the same input gives the same bytes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.certificates.document.multibase import base58_decoded, base58_encoded
from services.certificates.document.proof import UndefinedTermError, UnknownContextError, canonical, holds, prove
from tests.component.certificates.wordings import credential

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
WHEN = datetime(2023, 10, 26, 22, 30, 15, 999_999, tzinfo=UTC)


def proven(document: dict[str, Any]) -> dict[str, Any]:
    return prove(document, KEY, method="did:web:atelier.example:certificates#credential-1", created=WHEN)


def test_a_proof_holds_and_is_the_same_each_time() -> None:
    first = proven(credential("Ана Kovač"))
    assert first == proven(credential("Ана Kovač"))
    assert holds(first, KEY.public_key())
    assert first["proof"][0]["created"] == "2023-10-26T22:30:15Z"
    assert not holds(first, Ed25519PrivateKey.generate().public_key())


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["credentialSubject"]["identifier"][0].update(identityHash="Somebody Else"),
        lambda document: document["credentialStatus"].update(statusListIndex="1"),
        lambda document: document.update(validFrom="2023-10-27T00:00:00Z"),
        lambda document: document["proof"][0].update(created="2024-01-01T00:00:00Z"),
        lambda document: document["proof"][0].update(verificationMethod="did:web:elsewhere.example#1"),
        lambda document: document["proof"][0].update(proofPurpose="authentication"),
        lambda document: document["proof"].append(document["proof"][0]),
        lambda document: document.update(proof=document["proof"][0]),
        lambda document: document.pop("proof"),
        lambda document: document.update({"@context": ["https://elsewhere.example/context"]}),
    ],
)
def test_whatever_is_changed_it_does_not_hold(change: Any) -> None:
    document = proven(credential("Ana Kovač"))
    change(document)
    assert not holds(document, KEY.public_key())


@pytest.mark.parametrize(
    "more",
    [
        {"undefined": "a term of nobody's"},
        {"type": ["VerifiableCredential", "NobodysCredential"]},
        {"evidence": [{"id": "relative", "type": "Evidence"}]},
    ],
)
def test_what_no_context_defines_is_refused_and_not_left_out(more: dict[str, Any]) -> None:
    with pytest.raises(UndefinedTermError):
        proven(credential("Ana Kovač") | more)


def test_no_context_is_ever_fetched() -> None:
    with pytest.raises(Exception, match="elsewhere") as refusal:
        canonical({"@context": ["https://elsewhere.example/context"], "id": "https://a.example/"})
    causes = [refusal.value]
    while causes[-1].__cause__ is not None:
        causes.append(causes[-1].__cause__)
    assert any(isinstance(cause, UnknownContextError) for cause in causes)


def test_an_address_is_said_as_a_hash_alone() -> None:
    said = repr(credential("Ana Kovač"))
    assert "ana.kovac@example.org" not in said.lower()
    assert "sha256$" in said


@given(st.binary(max_size=80))
def test_base58_loses_nothing(content: bytes) -> None:
    assert base58_decoded(base58_encoded(content)) == content
