import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubbing.web.shared.byte_ranges import FileSlice, Range, Unsatisfiable, parse_range


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=10-19", 10, 19),
        ("bytes=10-", 10, 99),
        ("bytes=0-", 0, 99),
        ("bytes=99-", 99, 99),
        ("bytes=90-1000", 90, 99),
        ("bytes=0-" + "9" * 30, 0, 99),
        ("bytes=-10", 90, 99),
        ("bytes=-100", 0, 99),
        ("bytes=-1000", 0, 99),
        ("Bytes= 1-2 ", 1, 2),
    ],
)
def test_a_single_range_is_found(header: str, first: int, last: int) -> None:
    assert parse_range(header, 100) == Range(first, last, 100)


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999999999999999999-"])
def test_a_range_outside_the_file_cannot_be_satisfied(header: str) -> None:
    assert parse_range(header, 100) == Unsatisfiable(100)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-4",
        "bytes=a-b",
        "bytes=1.5-2",
        "bytes=--5",
        "bytes=+1-2",
        "bytes=1-2-3",
        "bytes=0-1,5-6",
        "bytes=0-1,",
        "items=0-5",
        "bytes 0-5",
        "bytes=٠-٥",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_anything_else_means_the_whole_file(header: str | None) -> None:
    assert parse_range(header, 100) is None


def test_an_empty_file_has_no_part() -> None:
    assert parse_range("bytes=0-", 0) == Unsatisfiable(0)
    assert parse_range("bytes=-5", 0) is None


def test_ranges_word_their_own_headers() -> None:
    assert Range(10, 19, 100).content_range == "bytes 10-19/100"
    assert Range(10, 19, 100).length == 10
    assert Unsatisfiable(100).content_range == "bytes */100"


@given(st.text(), st.integers(0, 2**70))
def test_no_header_breaks_it(header: str, size: int) -> None:
    for text in (header, f"bytes={header}"):
        found = parse_range(text, size)
        assert not isinstance(found, Range) or 0 <= found.first <= found.last < size


@given(st.integers(0, 120), st.integers(0, 120), st.integers(1, 100))
def test_a_range_is_the_part_that_python_would_slice(first: int, length: int, size: int) -> None:
    found = parse_range(f"bytes={first}-{first + length}", size)
    expected = list(range(size))[first : first + length + 1]
    actual = list(range(found.first, found.last + 1)) if isinstance(found, Range) else []
    assert actual == expected


@given(st.binary(max_size=200), st.integers(0, 250), st.integers(0, 250), st.integers(1, 60))
def test_a_slice_reads_exactly_its_part(data: bytes, first: int, length: int, block: int) -> None:
    file = io.BytesIO(data)
    blocks = list(FileSlice(file, first, length, block=block))
    assert b"".join(blocks) == data[first : first + length]
    assert all(0 < len(part) <= block for part in blocks)
    assert file.closed


def test_a_slice_no_longer_wanted_closes_its_file() -> None:
    file = io.BytesIO(b"0123456789")
    part = FileSlice(file, 2, 5, block=2)
    assert next(part) == b"23"
    part.close()
    part.close()
    assert file.closed
    assert list(part) == []
