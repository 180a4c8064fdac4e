"""What services know of each other: one module per topic, the envelope, the topic table.

Imports pydantic only, so that a contract can be read, tested and published without any of the machinery behind it.
"""
