"""Messages as they stand, and their leases moved to their end."""

from tests.component.notifications.conftest import World


async def states(world: World, purpose: str = "confirmation") -> list[str]:
    return [state for (held, _), (state, _) in (await world.messages()).items() if held == purpose]


async def let_leases_expire(world: World) -> None:
    await world.pool.execute("UPDATE messages SET lease_until = clock_timestamp() - interval '1 second' WHERE lease_until IS NOT NULL")
    await world.pool.execute("UPDATE messages SET not_before = NULL WHERE not_before IS NOT NULL")
