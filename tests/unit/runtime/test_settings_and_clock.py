from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.runtime.clock import OffsetFileClock, SystemClock, create_clock
from shared.runtime.settings import ServiceSettings

URL = "postgresql://atelier:hunter2@db/registration"


def test_every_setting_is_described() -> None:
    assert [name for name, field in ServiceSettings.model_fields.items() if not field.description] == []


def test_production_refuses_a_test_clock(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="test clock is refused in production") as caught:
        ServiceSettings(environment="production", database_url=URL, test_clock_file=tmp_path / "clock")
    assert "hunter2" not in str(caught.value)


def test_nothing_said_means_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_DATABASE_URL", URL)
    settings = ServiceSettings()  # type: ignore[call-arg]  # filled from the environment
    assert settings.environment == "production"
    assert isinstance(create_clock(settings), SystemClock)


def test_secrets_do_not_show() -> None:
    settings = ServiceSettings(database_url=URL)
    assert "hunter2" not in f"{settings!r} {settings}"
    assert settings.dsn == URL


def test_the_public_address_has_no_slash_at_its_end() -> None:
    assert ServiceSettings(database_url=URL, public_url="https://atelier.example/").public_url == "https://atelier.example"


@pytest.mark.parametrize("prefix", ["a b", "ü", "x/y"])
def test_a_prefix_that_no_topic_could_have_is_refused(prefix: str) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(database_url=URL, topic_prefix=prefix)


def test_the_offset_is_read_at_every_call(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    settings = ServiceSettings(environment="development", database_url=URL, test_clock_file=file)
    clock = create_clock(settings)
    assert isinstance(clock, OffsetFileClock)
    for text, ahead in (("86400", 86400), ("-90.5\n", -90.5), ("", 0)):
        file.write_text(text)
        before = datetime.now(UTC)
        assert before <= clock.now() - timedelta(seconds=ahead) <= datetime.now(UTC)
    file.unlink()
    assert clock.now() <= datetime.now(UTC)
    assert clock.now().tzinfo is UTC
