"""`atelier provision`: make the topics."""

import asyncio
from typing import Annotated

import typer

from shared.runtime.provisioning import TopicDiffersError, provision_topics


def provision(
    kafka: Annotated[str, typer.Option(envvar="ATELIER_KAFKA_BOOTSTRAP", help="Kafka, as host:port")] = "localhost:9092",
    topic_prefix: Annotated[str, typer.Option(envvar="ATELIER_TOPIC_PREFIX", help="What stands before the names of topics")] = "",
    erasure_bound_seconds: Annotated[
        int, typer.Option(envvar="ATELIER_ERASURE_BOUND_SECONDS", help="Erased people are gone from Kafka's files within it")
    ] = 86_400,
    replication_factor: Annotated[int, typer.Option(min=1, help="Of new topics; 3 on a cluster")] = 1,
) -> None:
    """Make the topics of the contracts' table that are missing. Safe to repeat; refuses to change one that differs."""
    try:
        created = asyncio.run(
            provision_topics(kafka, prefix=topic_prefix, erasure_bound_seconds=erasure_bound_seconds, replication_factor=replication_factor)
        )
    except TopicDiffersError as error:
        typer.echo(f"Nothing was changed: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Made: {', '.join(created)}" if created else "All topics are there.")
