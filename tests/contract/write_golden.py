"""Write the golden message of each contract that has none yet, or that got further fields since.

Existing ones are never touched: they are what is on the topics.
"""

import json

from examples import EXAMPLES
from test_golden_messages import GOLDEN, golden_messages, wire

for example in EXAMPLES:
    text = json.dumps(json.loads(wire(example)), ensure_ascii=False, indent=2) + "\n"
    existing = golden_messages(example.type)
    if not existing or existing[-1].read_text() != text:
        number = f".{len(existing) + 1}" if existing else ""
        (GOLDEN / f"{example.type}{number}.json").write_text(text)
