"""What is a statement, and what is a part of one."""

from types import ModuleType

from tests.component.scale.written import Written, written_in

SOURCE = '''
"""Rows."""
_CONDITION = "a = $1"
_ROW = "SELECT a, b FROM rows"
_TEMPLATE = "SELECT c FROM rows WHERE {which} ORDER BY c"
_MADE = _TEMPLATE.format(which=_CONDITION)

async def read(connection, chosen):
    await connection.fetch("""
        SELECT a
        FROM rows
    """)
    await connection.fetch(f"{_ROW} WHERE {_CONDITION}")
    await connection.fetch(f"{_ROW} WHERE {' AND '.join(chosen)} ORDER BY a")
    status = await connection.execute("UPDATE rows SET a = '{}'")
    return status.removeprefix("DELETE "), "SELECTED"
'''


def test_parts_are_told_from_statements() -> None:
    module = ModuleType("some.storage")
    exec(SOURCE, vars(module))  # noqa: S102 - the text above
    found = {(written.text, written.whole) for written in written_in(SOURCE, module)}
    assert found == {
        ("SELECT a, b FROM rows", False),
        ("SELECT c FROM rows WHERE", False),
        ("ORDER BY c", False),
        ("SELECT c FROM rows WHERE a = $1 ORDER BY c", True),
        ("SELECT a FROM rows", True),
        ("SELECT a, b FROM rows WHERE a = $1", True),
        ("WHERE", False),
        ("ORDER BY a", False),
        ("UPDATE rows SET a = '{}'", True),
    }
    assert {written.module for written in written_in(SOURCE, module)} == {"some.storage"}
    assert Written("a", "b", whole=True) < Written("b", "a", whole=True)
