"""What a worker of the version before does to rows while both run: it does not know what was added, and the database sees to it."""

import httpx

from tests.component.certificates.story import Service, Story
from tests.component.certificates.test_commands import WHY, revoked
from tests.component.certificates.visits import issued


async def test_what_it_revokes_reaches_the_status_list(service: Service, story: Story) -> None:
    certificate = await issued(service, story)
    assert await service.pool.fetchval("SELECT count(*) FROM status_changes") == 0
    await service.pool.execute("UPDATE certificates SET state = 'revoked', revoked_at = now(), revocation_reason = 'withdrawn'")
    assert await service.pool.fetchval("SELECT number FROM status_changes") == certificate["status_index"] // 131_072


async def test_what_it_erases_is_gone_as_a_whole(service: Service, story: Story, browser: httpx.AsyncClient) -> None:
    await revoked(service, story, browser, public="yes")
    assert WHY in repr(await service.rows())
    assert await service.pool.fetchval("SELECT address_digest FROM registrations") is not None
    await service.pool.execute("UPDATE certificates SET erased = true, name = NULL, language = NULL, attended = NULL, sha256 = NULL")
    await service.pool.execute("UPDATE registrations SET state = 'erased', certificate_name = NULL, language = NULL")
    assert WHY not in repr(await service.rows())
    assert await service.pool.fetchval("SELECT address_digest FROM registrations") is None
