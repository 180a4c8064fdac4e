from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.certificates.domain.certificate import STATUS_LIST_SIZE, Certificate, CertificateState, Reason, draw_status_index
from services.certificates.domain.certificate_rule import Award, Drop, RegistrationState, Revoke, Standing, Supersede, decide

CODES = ("day-1", "day-2", "day-3")
attended = st.frozensets(st.sampled_from(CODES))
standings = st.builds(
    Standing,
    state=st.one_of(st.none(), st.sampled_from(RegistrationState)),
    attended=attended,
    enough=st.one_of(st.none(), st.booleans()),
    completed=st.booleans(),
    name=st.one_of(st.none(), st.sampled_from(["Ana Kovac", "Ana Kovač"])),
    cleared=st.booleans(),
    erasing=st.booleans(),
    revoked_by_hand=st.booleans(),
    trainer=st.booleans(),
)
EARNED = Standing(state=RegistrationState.CONFIRMED, attended=frozenset({"day-1", "day-2"}), enough=True, completed=True, name="Ana Kovač")


def certificate(
    state: CertificateState, *, name: str | None = None, at: frozenset[str] = frozenset(), trainer: bool = False
) -> Certificate:
    return Certificate(UUID(int=1), UUID(int=2), 3, state, "ATL-2023-7K4M-Q9X0", name, at, trainer)


live = st.one_of(
    st.none(),
    st.just(certificate(CertificateState.ELIGIBLE)),
    st.builds(
        certificate, st.just(CertificateState.ISSUED), name=st.sampled_from(["Ana Kovac", "Ana Kovač"]), at=attended, trainer=st.booleans()
    ),
)


@given(standings, st.integers(min_value=0, max_value=9))
def test_a_certificate_is_awarded_exactly_when_it_is_earned_and_none_was_taken_back_by_hand(standing: Standing, last: int) -> None:
    decision = decide(standing, None, last_edition=last)
    earned = (
        (standing.trainer or (standing.enough is True and standing.cleared))
        and standing.enough is not None
        and not standing.erasing
        and standing.completed
        and standing.state is RegistrationState.CONFIRMED
        and standing.name is not None
    )
    assert decision == (Award(last + 1) if earned and not standing.revoked_by_hand else None)


def test_what_a_trainer_attended_replaces_nothing() -> None:
    held = certificate(CertificateState.ISSUED, name="Ana Kovač", trainer=True)
    assert decide(replace(EARNED, enough=False, trainer=True), held, last_edition=3) is None
    assert decide(replace(EARNED, trainer=False), held, last_edition=3) == Supersede(4)


def test_who_is_no_trainer_any_more_keeps_nothing_that_was_not_earned() -> None:
    held = certificate(CertificateState.ISSUED, name="Ana Kovač", trainer=True)
    for left in (replace(EARNED, enough=False), replace(EARNED, cleared=False)):
        assert decide(left, held, last_edition=3) == Revoke(Reason.NO_TRAINER)
        assert decide(left, certificate(CertificateState.ELIGIBLE, trainer=True), last_edition=3) == Drop(Reason.NO_TRAINER)


@given(standings, live)
def test_deciding_again_after_the_decision_was_carried_out_decides_nothing(standing: Standing, held: Certificate | None) -> None:
    match decide(standing, held, last_edition=3):
        case Award() | Supersede():
            after: Certificate | None = certificate(
                CertificateState.ISSUED, name=standing.name, at=standing.attended, trainer=standing.trainer
            )
        case Revoke() | Drop():
            after = None
        case None:
            after = held
    assert decide(standing, after, last_edition=4) is None


@given(standings, live)
def test_what_is_merely_unknown_takes_nothing_away(standing: Standing, held: Certificate | None) -> None:
    unknown = replace(standing, state=RegistrationState.CONFIRMED, erasing=False, enough=None)
    assert not isinstance(decide(unknown, held, last_edition=3), Revoke | Drop)


@given(standings, live)
def test_only_what_was_issued_is_revoked(standing: Standing, held: Certificate | None) -> None:
    decision = decide(standing, held, last_edition=3)
    if isinstance(decision, Revoke | Supersede):
        assert held is not None
        assert held.state is CertificateState.ISSUED
    if isinstance(decision, Drop):
        assert held is not None
        assert held.state is CertificateState.ELIGIBLE


def test_the_reason_is_what_happened() -> None:
    issued = certificate(CertificateState.ISSUED, name="Ana Kovač", at=EARNED.attended)
    assert decide(EARNED, issued, last_edition=3) is None
    assert decide(replace(EARNED, attended=frozenset({"day-1"}), enough=False), issued, last_edition=3) == Revoke(
        Reason.ATTENDANCE_CORRECTED
    )
    withdrawn = replace(EARNED, state=RegistrationState.WITHDRAWN)
    assert decide(withdrawn, issued, last_edition=3) == Revoke(Reason.WITHDRAWN)
    assert decide(replace(withdrawn, erasing=True), issued, last_edition=3) == Revoke(Reason.ERASED)


def test_a_corrected_name_supersedes() -> None:
    issued = certificate(CertificateState.ISSUED, name="Ana Kovac", at=EARNED.attended)
    assert decide(EARNED, issued, last_edition=3) == Supersede(4)


@given(st.integers(min_value=0, max_value=2_000_000))
def test_a_status_index_lies_in_the_list_that_is_being_filled(count: int) -> None:
    number = draw_status_index(count) // STATUS_LIST_SIZE
    assert number == count // 98_304
