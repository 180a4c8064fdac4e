"""Write the manifest of Kafka's jars anew: resolve the coordinates, fetch every jar, note size and SHA-256."""

import hashlib
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from jgo.maven import MavenContext

from deploy.embedded.jars import KAFKA, Jar, JarSet


def lock(jars: JarSet) -> None:
    """Resolve, fetch and write."""
    with tempfile.TemporaryDirectory() as scratch:
        context = MavenContext(repo_cache=Path(scratch), timeout=60)
        found: dict[tuple[str, str], Jar] = {}
        for coordinate in jars.coordinates:
            # One by one: resolved together, the logging binding's version management would replace Kafka's own versions.
            inputs, transitive = context.resolver.resolve([context.create_dependency(coordinate)])
            for dependency in [*inputs, *transitive]:
                group, artifact = dependency.groupId, dependency.artifactId
                # A range of versions is not resolved: what is asked for by one is among the coordinates, with its version
                if (group, artifact) not in found and not dependency.version.startswith("["):
                    content = Path(dependency.artifact.resolve()).read_bytes()
                    checksum = hashlib.sha256(content).hexdigest()
                    found[group, artifact] = Jar(group, artifact, dependency.version, len(content), checksum)
    pinned = [found[key] for key in sorted(found)]
    jars.manifest.write_text("[\n" + ",\n".join(f"  {json.dumps(asdict(jar))}" for jar in pinned) + "\n]\n")


if __name__ == "__main__":
    lock(KAFKA)
