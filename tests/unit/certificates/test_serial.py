import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certificates.domain.serial import ALPHABET, MalformedSerialError, make_serial, read_serial

serials = st.builds(make_serial, st.integers(min_value=2000, max_value=2099))
SYMBOL_PLACES = [4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17]


@given(serials)
def test_a_serial_reads_as_itself(serial: str) -> None:
    assert read_serial(serial) == serial


@given(serials)
def test_it_may_be_typed_carelessly(serial: str) -> None:
    assert read_serial(f" {serial.lower().replace('-', ' ')} ") == serial
    assert read_serial(serial.replace("0", "O").replace("1", "l")) == serial


@given(serials, st.sampled_from(SYMBOL_PLACES), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_noticed(serial: str, place: int, symbol: str) -> None:
    if place < 8 and not symbol.isdigit():
        return
    wrong = serial[:place] + symbol + serial[place + 1 :]
    if wrong != serial:
        with pytest.raises(MalformedSerialError):
            read_serial(wrong)


@given(serials)
def test_two_exchanged_symbols_are_noticed(serial: str) -> None:
    for first, second in itertools.combinations(SYMBOL_PLACES[4:], 2):
        symbols = list(serial)
        symbols[first], symbols[second] = symbols[second], symbols[first]
        if (wrong := "".join(symbols)) != serial:
            with pytest.raises(MalformedSerialError):
                read_serial(wrong)


@pytest.mark.parametrize(
    "typed", ["", "ATL", "ATL-2023-7K4M", "XYZ-2023-7K4M-Q9XZ", "ATL-2023-7K4M-Q9XZ-1", "ATL-2023-7U4M-Q9XZ", "ATL-٢٠٢٣-7K4M-Q9XZ"]
)
def test_what_is_no_serial_is_refused(typed: str) -> None:
    with pytest.raises(MalformedSerialError):
        read_serial(typed)
