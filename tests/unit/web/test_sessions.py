import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from shared.web.sessions import ALGORITHM, ISSUER, SessionVerifier

PRIVATE, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
PUBLIC = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
WHO = uuid4()


def claims(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    all_claims = {"iss": ISSUER, "sub": str(WHO), "name": "Ana", "role": "organiser", "iat": now, "exp": now + timedelta(minutes=15)}
    return {name: value for name, value in (all_claims | changes).items() if value is not None}


def sign(key: Ed25519PrivateKey = PRIVATE, **changes: Any) -> str:
    return jwt.encode({"alg": ALGORITHM}, claims(**changes), OKPKey.import_key(_pem(key)), algorithms=[ALGORITHM])


def _pem(key: Ed25519PrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat  # noqa: PLC0415 - beside its one use

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_session_is_read_with_the_public_key_alone() -> None:
    session = SessionVerifier(PUBLIC).verify(sign())
    assert session is not None
    assert (session.organiser_id, session.name, session.role) == (WHO, "Ana", "organiser")
    assert timedelta(minutes=14) < session.expires - datetime.now(UTC) <= timedelta(minutes=15)


def test_nobody_is_signed_in_without_a_token_of_ours() -> None:
    verifier = SessionVerifier(PUBLIC)
    past = datetime.now(UTC) - timedelta(hours=1)
    tokens = [
        None,
        "",
        "not.a.token",
        sign(OTHER),
        sign(exp=past),
        sign(iss="another"),
        sign(sub="not-an-id"),
        *(sign(**{name: None}) for name in ("exp", "iat", "sub", "iss", "name", "role")),
        sign()[:-3],
    ]
    assert [verifier.verify(token) for token in tokens] == [None] * len(tokens)


def test_another_algorithm_is_refused() -> None:
    # The public key is public: a token signed with it as a shared secret must prove nothing
    shared_secret = jwt.encode({"alg": "HS256"}, claims(), OctKey.import_key(PUBLIC.hex()), algorithms=["HS256"])
    header, body, _signature = sign().split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode() + f".{body}."
    assert [SessionVerifier(PUBLIC).verify(token) for token in (shared_secret, unsigned, f"{header}.{body}.")] == [None] * 3
