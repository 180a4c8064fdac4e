"""A time-stamp authority on loopback: an answer for whoever asks, certificates of its own, and the list of those that are withdrawn."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

_NO_USAGE = dict.fromkeys(
    (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    ),
    False,
)


@dataclass
class TimeStampAuthority:
    """`asked` counts answers. While it is `away` it answers with an error; while it is not `free`, whoever asks is `waiting`."""

    url: str = ""
    away: bool = False
    asked: int = 0
    waiting: int = 0
    free: threading.Event = field(default_factory=threading.Event)
    password: str | None = None
    _root_key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    _key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def begin(self, url: str) -> None:
        self.url = url
        self.free.set()
        name = _name("Clock: root")
        self._root = (
            _begun(name, name, self._root_key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(**_NO_USAGE | {"key_cert_sign": True, "crl_sign": True}), critical=True)
            .sign(self._root_key, SHA256())
        )
        self.renew()

    def renew(self) -> None:
        """Answer with another certificate from now on."""
        at_list = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{self.url}/withdrawn.crl")], None, None, None)
        signer = (
            _begun(_name("Clock"), _name("Clock: root"), self._key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**_NO_USAGE | {"digital_signature": True}), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._root_key.public_key()), critical=False)
            .add_extension(x509.CRLDistributionPoints([at_list]), critical=False)
            .sign(self._root_key, SHA256())
        )
        private = self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self._stamper = DummyTimeStamper(
            asn1_x509.Certificate.load(signer.public_bytes(Encoding.DER)), asn1_keys.PrivateKeyInfo.load(private)
        )

    @property
    def root(self) -> bytes:
        """DER."""
        return self._root.public_bytes(Encoding.DER)

    def withdrawn(self) -> bytes:
        now = datetime.now(UTC)
        return (
            x509.CertificateRevocationListBuilder()
            .issuer_name(_name("Clock: root"))
            .last_update(now - timedelta(hours=1))
            .next_update(now + timedelta(days=30))
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._root_key.public_key()), critical=False)
            .sign(self._root_key, SHA256())
            .public_bytes(Encoding.DER)
        )

    def answer(self, request: bytes) -> bytes:
        self.asked += 1
        answer: bytes = self._stamper.request_tsa_response(tsp.TimeStampReq.load(request)).dump()
        return answer


@contextmanager
def authority() -> Iterator[TimeStampAuthority]:
    """Running."""
    made = TimeStampAuthority()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(made.withdrawn(), "application/pkix-crl")

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            if made.away or (made.password and made.password not in self.headers.get("Authorization", "")):
                self.send_error(503 if made.away else 401)
                return
            made.waiting += 1
            made.free.wait(15)
            made.waiting -= 1
            self._send(made.answer(asked), "application/timestamp-reply")

        def _send(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.begin(f"http://127.0.0.1:{server.server_port}")
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _begun(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Clock"), x509.NameAttribute(NameOID.COMMON_NAME, common)])
