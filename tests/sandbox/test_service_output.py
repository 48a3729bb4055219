"""What is told of a service's streams, in whatever pieces they come."""

import asyncio
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.service_output import LINE_BYTES, PIECES, SAID, ServiceOutput


async def first_line(pieces: Sequence[bytes], *, ended: bool) -> bytes:
    output = ServiceOutput()
    for piece in pieces:
        output.printed(piece)
    if ended:
        output.ended()
    return await output.first_line(0.01)


@given(st.binary(max_size=40), st.lists(st.integers(0, 40), max_size=5))
def test_the_first_line_does_not_depend_on_the_pieces(text: bytes, cuts: Sequence[int]) -> None:
    ends = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(ends)]
    assert asyncio.run(first_line(pieces, ended=True)) == text[: text.find(b"\n") + 1 or None]


@pytest.mark.parametrize(
    ("pieces", "line"),
    [([], b""), ([b"half a"], b""), ([b"1|5|", b"unix|\nmore"], b"1|5|unix|\n")],
)
async def test_a_line_that_does_not_come_is_not_waited_for(
    pieces: Sequence[bytes], line: bytes
) -> None:
    assert await first_line(pieces, ended=False) == line


async def test_what_goes_on_for_ever_is_no_first_line() -> None:
    pieces = [b"x" * 4096] * (LINE_BYTES // 4096 + 1)
    assert await first_line(pieces, ended=False) == b""
    assert await first_line([*pieces, b"\n"], ended=True) == b""


async def test_of_what_goes_wrong_the_end_is_told() -> None:
    output = ServiceOutput()
    assert output.said == ""
    for number in range(PIECES + 10):
        output.complained(f"{number:030}\n".encode())
    output.complained(b"the last word \xff\n")
    assert output.said.endswith("the last word \ufffd")
    assert len(output.said) == SAID
