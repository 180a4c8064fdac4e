"""Points of registration's web process: around the commits that somebody is waiting for."""

from typing import Any

from tests.faults.matrix.kill_points.point import Point, after_commit, on_return
from tests.faults.matrix.patching import Arguments

WEB = ("registration-web",)
_USE_CASES = "services.registration.use_cases"
_API = "services.registration.web.api"


def _submissions(call: Arguments, _result: Any) -> str:
    return f"{len(call['submissions'])} submissions decided"


def _withdrawn(_call: Arguments, state: Any) -> str | None:
    return "a registration withdrawn" if state.value == "withdrawn" else None


def _promoted(call: Arguments, after: Any) -> str | None:
    moved = call["places"].waiting - after.waiting
    return f"{moved} promoted" if moved else None


def _commanded(what: str) -> Any:
    return lambda _call, _result: what


POINTS = (
    Point(
        "admission-placed",
        "registration, in the admission's transaction before its commit",
        WEB,
        on_return("services.registration.web.admission:place_registrations", _submissions, needs=("submissions",)),
    ),
    Point(
        "admission-committed",
        "registration, between the admission's commit and the answer",
        WEB,
        on_return("services.registration.web.admission_desk:admit", _submissions, needs=("submissions",)),
    ),
    Point(
        "withdrawal-written",
        "registration, in the withdrawal's transaction before its commit",
        WEB,
        on_return("services.registration.web.personal:withdraw_registration", _withdrawn),
    ),
    Point(
        "withdrawal-committed",
        "registration, between the withdrawal's commit and the answer",
        WEB,
        after_commit(
            {f"{user}:withdraw_registration": _withdrawn for user in ("services.registration.web.personal", f"{_API}.registrations")}
        ),
    ),
    Point(
        "promotion-committed",
        "registration, between a promotion's commit and the answer",
        WEB,
        after_commit({f"{_USE_CASES}.{user}:promote": _promoted for user in ("withdraw_registration", "edit_workshop")}),
    ),
    Point(
        "command-committed",
        "registration, between a command's commit and the answer",
        WEB,
        after_commit(
            {
                f"{_API}.workshop_commands:remind_now": _commanded("a reminder to all"),
                f"{_API}.workshop_commands:complete_workshop": _commanded("a completion"),
                f"{_API}.registrations:record_attendance": _commanded("a check-in"),
            }
        ),
    ),
)
