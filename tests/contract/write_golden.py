"""Write the golden message of each contract that has none yet. Existing ones are never touched: they are what is on the topics."""

import json

from examples import EXAMPLES
from test_golden_messages import GOLDEN, wire

for example in EXAMPLES:
    path = GOLDEN / f"{example.type}.json"
    if not path.exists():
        path.write_text(json.dumps(json.loads(wire(example)), ensure_ascii=False, indent=2) + "\n")
