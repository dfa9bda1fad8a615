"""The tap reads calls out of bytes, however they are cut, and never complains."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.servers.link.call import LONGEST_BODY, Call
from sandbox.servers.link.tap import Tap

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"HEAD /h HTTP/1.1\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\n[1,\r\n2\r\n2]\r\n0\r\nTrailer: t\r\n\r\n"
HINTS = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"

Outcome = tuple[str, str, int, bytes, bytes]


class Seen:
    """Takes the tap's calls."""

    def __init__(self) -> None:
        """Begin with none."""
        self.in_flight = 0
        self.over: list[Call] = []

    def begin(self, call: Call) -> None:
        """Count a call."""
        self.in_flight += 1

    def end(self, call: Call) -> None:
        """Keep a call."""
        self.in_flight -= 1
        self.over.append(call)

    def outcomes(self) -> list[Outcome]:
        """Give the calls that are over, as plain data."""
        return [
            (each.method, each.path, each.status, each.request.kept(), each.response.kept())
            for each in self.over
        ]


def watch(asked: list[bytes], answered: list[bytes]) -> tuple[Tap, Seen]:
    """Let a tap see requests, then responses."""
    seen = Seen()
    tap = Tap(seen)
    for piece in asked:
        tap.asked(piece)
    for piece in answered:
        tap.answered(piece)
    return tap, seen


CONVERSATIONS: dict[str, tuple[bytes, bytes, list[Outcome]]] = {
    "one": (GET, OK, [("GET", "/a", 200, b"", b"[]")]),
    "pipelined": (
        GET + b"\r\nPOST /b?c=d HTTP/1.1\r\nContent-Length: 3\r\n\r\n[1]" + GET,
        OK + b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n" + OK,
        [
            ("GET", "/a", 200, b"", b"[]"),
            ("POST", "/b", 404, b"[1]", b""),
            ("GET", "/a", 200, b"", b"[]"),
        ],
    ),
    "chunked both ways": (
        b"PUT /c HTTP/1.1\r\n" + CHUNKS + GET,
        b"HTTP/1.1 200 OK\r\n" + CHUNKS + OK,
        [("PUT", "/c", 200, b"[1,2]", b"[1,2]"), ("GET", "/a", 200, b"", b"[]")],
    ),
    "HEAD has no body, whatever its headers say": (
        GET + HEAD + HEAD + GET,
        OK
        + b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
        + b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + OK,
        [
            ("GET", "/a", 200, b"", b"[]"),
            ("HEAD", "/h", 200, b"", b""),
            ("HEAD", "/h", 200, b"", b""),
            ("GET", "/a", 200, b"", b"[]"),
        ],
    ),
    "204 and 304 have none": (
        GET * 3,
        b"HTTP/1.1 204 None\r\n\r\nHTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n" + OK,
        [
            ("GET", "/a", 204, b"", b""),
            ("GET", "/a", 304, b"", b""),
            ("GET", "/a", 200, b"", b"[]"),
        ],
    ),
    "100 and 103 are no answers": (
        b"POST /e HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
        HINTS + OK,
        [("POST", "/e", 200, b"{}", b"[]")],
    ),
    "an upgrade that is offered and not taken": (
        b"POST /u HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}"
        + GET,
        OK + OK,
        [("POST", "/u", 200, b"{}", b"[]"), ("GET", "/a", 200, b"", b"[]")],
    ),
    "an upgrade": (
        GET,
        b"HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n\x00\x01HTTP/1.1 200 OK\r\n\r\n",
        [("GET", "/a", 101, b"", b"")],
    ),
    "a tunnel": (
        b"CONNECT a.b:80 HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n\x00" + OK,
        [("CONNECT", "a.b:80", 200, b"", b"")],
    ),
    "paths are decoded, hosts and queries left out": (
        b"GET http://h:1/x%20y?z=%20 HTTP/1.1\r\n\r\nOPTIONS * HTTP/1.1\r\n\r\n",
        OK + OK,
        [("GET", "/x y", 200, b"", b"[]"), ("OPTIONS", "*", 200, b"", b"[]")],
    ),
}


@pytest.mark.parametrize(
    ("asked", "answered", "outcomes"), CONVERSATIONS.values(), ids=CONVERSATIONS
)
def test_calls_are_read(asked: bytes, answered: bytes, outcomes: list[Outcome]) -> None:
    """What was asked and answered comes out as calls, in order, and nothing stays in flight."""
    _, seen = watch([asked], [answered])
    assert (seen.outcomes(), seen.in_flight) == (outcomes, 0)
    _, seen = watch([bytes([each]) for each in asked], [bytes([each]) for each in answered])
    assert (seen.outcomes(), seen.in_flight) == (outcomes, 0)


def pieces(whole: bytes, cuts: list[int]) -> list[bytes]:
    """Cut bytes at some places."""
    places = sorted({cut % (len(whole) + 1) for cut in cuts} | {0, len(whole)})
    return [whole[start:end] for start, end in pairwise(places)]


CUTS = st.lists(st.integers(0, 10_000), max_size=12)


@given(st.sampled_from(sorted(CONVERSATIONS)), CUTS, CUTS)
def test_cuts_make_no_difference(name: str, asks: list[int], answers: list[int]) -> None:
    """However the network cuts the bytes, the calls are the same."""
    asked, answered, outcomes = CONVERSATIONS[name]
    _, seen = watch(pieces(asked, asks), pieces(answered, answers))
    assert seen.outcomes() == outcomes


@given(
    st.lists(st.tuples(st.booleans(), st.binary(max_size=40)), max_size=8),
    st.sampled_from(sorted(CONVERSATIONS)),
)
def test_nothing_disturbs(noise: list[tuple[bool, bytes]], name: str) -> None:
    """Any bytes, at any place, raise nothing and leave nothing in flight at the end."""
    asked, answered, _ = CONVERSATIONS[name]
    tap, seen = watch([asked[: len(asked) // 2]], [answered[: len(answered) // 2]])
    for from_client, content in noise:
        (tap.asked if from_client else tap.answered)(content)
    tap.stop()
    assert seen.in_flight == 0


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (GET + b"\x00\x01\r\n\r\n", OK),
        (GET, b"nonsense\r\n\r\n"),
        (GET, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"),
        (GET, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz"),
        (GET, b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", OK),
    ],
)
def test_what_cannot_be_read_ends_the_tap(asked: bytes, answered: bytes) -> None:
    """Malformed bytes end the reading; a call in flight then has status 0."""
    tap, seen = watch([asked], [answered, GET, OK])
    assert not tap.is_reading
    assert [call.status for call in seen.over] == [0]
    assert seen.in_flight == 0


def test_an_answer_that_lasts_until_the_end() -> None:
    """A response without a length is complete when the server ends in good order."""
    answer = b"HTTP/1.0 200 OK\r\n\r\n[1, 2]"
    tap, seen = watch([GET], [answer])
    assert (seen.in_flight, seen.over) == (1, [])
    tap.answers_ended()
    assert seen.outcomes() == [("GET", "/a", 200, b"", b"[1, 2]")]
    cut_off, seen = watch([GET], [answer])
    cut_off.stop()
    assert [call.status for call in seen.over] == [0]


def test_an_answer_cut_short() -> None:
    """A counted response that ends early is a call with status 0, and what came of it is kept."""
    tap, seen = watch([GET], [OK[:-1]])
    tap.answers_ended()
    assert seen.outcomes() == [("GET", "/a", 0, b"", b"[")]


def test_an_early_answer() -> None:
    """A server may answer before it has read all: the call ends with its request."""
    asked = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n[1"
    tap, seen = watch([asked], [OK])
    assert seen.in_flight == 1
    tap.asked(b"2]")
    assert seen.outcomes() == [("POST", "/", 200, b"[12]", b"[]")]
    tap, seen = watch([asked], [OK])
    tap.stop()
    assert seen.outcomes() == [("POST", "/", 200, b"[1", b"[]")]


def test_in_flight_begins_with_the_head() -> None:
    """A call counts from the end of its request's head; an idle connection holds none."""
    tap, seen = watch([], [])
    assert tap.is_idle
    tap.asked(b"POST / HTTP/1.1\r\nContent-Length: 1\r\n")
    assert (tap.is_idle, seen.in_flight) == (False, 0)
    tap.asked(b"\r\n")
    assert (tap.is_idle, seen.in_flight) == (False, 1)
    tap.asked(b"1")
    tap.answered(OK)
    assert (tap.is_idle, seen.in_flight) == (True, 0)


@pytest.mark.parametrize(("size", "is_kept"), [(LONGEST_BODY, True), (LONGEST_BODY + 1, False)])
def test_long_bodies_are_counted_only(size: int, is_kept: bool) -> None:  # noqa: FBT001 - a column
    """A body of up to 1 MB is kept; of a longer one its size."""
    body = b"x" * size
    asked = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + body
    _, seen = watch(pieces(asked, [10, 500_000, 999_999]), [OK])
    assert seen.outcomes()[0][3] == (body if is_kept else b'{"bytes":%d}' % size)
