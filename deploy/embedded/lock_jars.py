"""Write the manifest of Kafka's jars anew: resolve the coordinates, fetch every jar, note size and SHA-256."""

import hashlib
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from jgo.maven import MavenContext

from deploy.embedded.jars import MANIFEST, VERSION, Jar

COORDINATES = (
    f"org.apache.kafka:kafka_2.13:{VERSION}",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",  # without it the broker is silent about its own errors
)


def main() -> None:
    """Resolve, fetch and write."""
    with tempfile.TemporaryDirectory() as scratch:
        context = MavenContext(repo_cache=Path(scratch), timeout=60)
        found: dict[tuple[str, str], Jar] = {}
        for coordinate in COORDINATES:
            # One by one: resolved together, the logging binding's version management would replace Kafka's own versions.
            inputs, transitive = context.resolver.resolve([context.create_dependency(coordinate)])
            for dependency in [*inputs, *transitive]:
                group, artifact = dependency.groupId, dependency.artifactId
                if (group, artifact) not in found:
                    content = Path(dependency.artifact.resolve()).read_bytes()
                    checksum = hashlib.sha256(content).hexdigest()
                    found[group, artifact] = Jar(group, artifact, dependency.version, len(content), checksum)
    jars = [found[key] for key in sorted(found)]
    MANIFEST.write_text("[\n" + ",\n".join(f"  {json.dumps(asdict(jar))}" for jar in jars) + "\n]\n")


if __name__ == "__main__":
    main()
