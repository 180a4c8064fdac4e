"""Points of the certificates worker: from the claim of a certificate to the news of it."""

from tests.faults.matrix.kill_points.point import Point, on_entry, on_return
from tests.faults.matrix.patching import Arguments

WORKER = ("certificates-worker",)
_ISSUING = "services.certificates.issuing"


def _commission(call: Arguments) -> str:
    return f"certificate {call['commission'].serial}"


POINTS = (
    Point(
        "certificate-claimed",
        "certificates, between claim and rendering",
        WORKER,
        on_entry(f"{_ISSUING}:Issuing._produce_and_store", _commission, needs=("commission",)),
    ),
    Point(
        "certificate-rendered",
        "certificates, between rendering and storing",
        WORKER,
        on_entry(f"{_ISSUING}:store_certificate", _commission, needs=("commission",)),
    ),
    Point(
        "certificate-stored",
        "certificates, between storing and its fact's outbox row",
        WORKER,
        on_entry(
            "services.certificates.use_cases.store_certificate:publish",
            lambda call: f"certificate {call['events'][0].serial}",
            needs=("events",),
        ),
    ),
    Point(
        "certificate-committed",
        "certificates, between the commit of a certificate and its publishing",
        WORKER,
        on_return(f"{_ISSUING}:Issuing._produce_and_store", lambda call, _: _commission(call)),
    ),
)
