"""Groups of a batch: never a key's event before an earlier one of it, and as few groups as that allows."""

from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.grouping import in_groups

ITEMS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", None])))


@given(ITEMS)
def test_each_keys_order_stays_and_no_key_comes_twice_in_a_group(listed: list[tuple[int, str | None]]) -> None:
    items = [(key, kind, position) for position, (key, kind) in enumerate(listed)]
    groups = in_groups(items, key=lambda item: item[0], kind=lambda item: item[1])
    handled = [item for group in groups for item in group]
    assert sorted(handled, key=lambda item: item[2]) == items
    for key in range(6):
        positions = [position for its_key, _, position in handled if its_key == key]
        assert positions == sorted(positions)
    for group in groups:
        assert len({key for key, _, _ in group}) == len(group)
        assert len({kind for _, kind, _ in group}) == 1
        assert len(group) == 1 or group[0][1] is not None


@given(st.lists(st.integers()))
def test_different_keys_of_one_kind_are_one_group(keys: list[int]) -> None:
    groups = in_groups(sorted(set(keys)), key=lambda key: key, kind=lambda _key: "a")
    assert len(groups) == min(1, len(set(keys)))


def test_a_key_that_changes_its_kind_opens_later_groups_for_itself_alone() -> None:
    items = [("ana", "a"), ("ben", "a"), ("ana", "b"), ("cem", "a"), ("ben", "b"), ("ana", "a"), ("dora", "a")]
    groups = in_groups(items, key=lambda item: item[0], kind=lambda item: item[1])
    assert groups == [
        [("ana", "a"), ("ben", "a"), ("cem", "a")],
        [("ana", "b"), ("ben", "b")],
        [("ana", "a"), ("dora", "a")],
    ]
