"""Tables and services: declaring, versions, forgetting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from feature_process import succeed

if TYPE_CHECKING:
    from feature_process import FeatureProcess

ROW = {"key": "a", "at": "2013-06-08T11:00:00Z", "x": 1.5}


def test_tables_describe_themselves(server: FeatureProcess) -> None:
    """A listing has definition, columns with types, rows, version and the newest event."""
    server.define("t", ["key"], "at", ttl=60)
    version = server.write("t", [ROW])["version"]
    assert server.get("/sandbox/tables") == {
        "t": {
            "entity": ["key"],
            "event_timestamp": "at",
            "ttl_seconds": 60.0,
            "columns": {"key": "VARCHAR", "at": "TIMESTAMP WITH TIME ZONE", "x": "DOUBLE"},
            "rows": 1,
            "version": version,
            "newest_event": "2013-06-08T11:00:00Z",
        }
    }


def test_every_write_raises_the_version(server: FeatureProcess) -> None:
    """A version never comes twice, not even for a table made anew; a refused write raises none."""
    seen = []
    for _ in range(2):
        server.define("t", ["key"], "at")
        for rows in ([ROW], [ROW], [{**ROW, "x": "bad"}], [ROW]):
            server.post_rows("t", rows)
            seen.append(server.get("/sandbox/status")["tables"]["t"])
        succeed(server.ask("DELETE", "/sandbox/tables/t"))
    refused = [seen.pop(6), seen.pop(2)]
    assert seen == sorted(set(seen))
    assert set(refused) <= set(seen)


def test_declaring_again_changes_nothing(server: FeatureProcess) -> None:
    """The same definition twice is harmless; another time to live takes effect at once."""
    server.define("t", ["key"], "at")
    server.write("t", [ROW])
    before = server.get("/sandbox/tables")
    server.define("t", ["key"], "at")
    assert server.get("/sandbox/tables") == before
    server.set_clock("2013-06-08T11:01:00Z")
    assert server.statuses("t:x", key=["a"]) == ["PRESENT"]
    server.define("t", ["key"], "at", ttl=1)
    assert server.statuses("t:x", key=["a"]) == ["OUTSIDE_MAX_AGE"]


def test_other_keys_need_an_empty_table(server: FeatureProcess) -> None:
    """A table with rows refuses another entity; one without takes it."""
    server.define("t", ["other"], "at")
    server.define("t", ["key"], "at")
    server.write("t", [ROW])
    body = {"entity": ["x"], "event_timestamp": "at"}
    answer = server.ask("PUT", "/sandbox/tables/t", body)
    assert (answer.status, "delete it first" in answer.detail) == (409, True)
    assert server.get("/sandbox/tables/t")["entity"] == ["key"]


def test_forgotten_tables_are_gone(server: FeatureProcess) -> None:
    """A deleted table is found nowhere, and made anew it is empty."""
    server.define("t", ["key"], "at")
    server.write("t", [ROW])
    succeed(server.ask("DELETE", "/sandbox/tables/t"))
    assert server.ask("DELETE", "/sandbox/tables/t").status == 404
    assert server.ask_online(["t:x"], key=["a"]).status == 404
    assert server.ask("POST", "/sql", {"query": "FROM t"}).status == 400
    assert server.get("/sandbox/clock")["now"] is None
    server.define("t", ["key"], "at")
    assert server.get("/sandbox/tables/t")["rows"] == 0


def test_names_that_differ_in_case_alone(server: FeatureProcess) -> None:
    """SQL does not tell Weather from weather, so there is only one of them."""
    server.define("weather", ["key"], "at")
    body = {"entity": ["key"], "event_timestamp": "at"}
    assert server.ask("PUT", "/sandbox/tables/Weather", body).status == 409


def test_names_of_the_inside_are_free(server: FeatureProcess) -> None:
    """Tables may be called as the server calls its own, and columns as SQL calls its words."""
    for name in ("staging", "clean", "tables", "select", "documents", "joined"):
        server.define(name, ["order"], "at")
        for value in (1, 2):
            row = {"order": 'a"b', "at": "2013-06-08T11:00:00Z", 'say "x/~y"': value}
            server.write(name, [row])
        found = server.read_online([f'{name}:say "x/~y"'], order=['a"b'])
        assert found['say "x/~y"'] == [2]


@pytest.mark.parametrize(
    ("name", "body", "status", "said"),
    [
        ("t", {"entity": [], "event_timestamp": "at"}, 400, "names no column"),
        ("t", {"entity": ["at"], "event_timestamp": "at"}, 400, "twice"),
        ("t", {"entity": ["a", "A"], "event_timestamp": "at"}, 400, "twice"),
        ("t", {"entity": ["a"], "event_timestamp": "at", "ttl_seconds": 0}, 400, "more than 0"),
        ("t", {"entity": ["a"], "event_timestamp": "at", "ttl_seconds": "1h"}, 422, "ttl_seconds"),
        ("t", {"entity": "a", "event_timestamp": "at"}, 422, "entity"),
        ("t", {"entity": ["a"]}, 422, "event_timestamp"),
        ("t", {"entity": ["a"], "event_timestamp": "at", "ttl": 5}, 422, "ttl"),
        ("a-b", {"entity": ["a"], "event_timestamp": "at"}, 400, "letters, digits"),
        ("a%22b", {"entity": ["a"], "event_timestamp": "at"}, 400, "letters, digits"),
        ("t", b"entity", 422, "body"),
    ],
)
def test_refuses_bad_tables(
    server: FeatureProcess, name: str, body: object, status: int, said: str
) -> None:
    """A definition that makes no sense is refused, with the key that is wrong."""
    answer = server.ask("PUT", f"/sandbox/tables/{name}", body)
    assert (answer.status, said in answer.detail) == (status, True), answer.detail
    assert server.get("/sandbox/tables") == {}


@pytest.mark.parametrize(
    ("body", "status"), [({"features": ["x"]}, 400), ({"features": "t:x"}, 422), ({}, 422)]
)
def test_refuses_bad_services(server: FeatureProcess, body: object, status: int) -> None:
    """A feature service is a list of table:feature."""
    assert server.ask("PUT", "/sandbox/feature-services/s", body).status == status


def test_services_may_come_before_their_tables(server: FeatureProcess) -> None:
    """A service may name tables that are yet to come; reading it says what is missing."""
    succeed(server.ask("PUT", "/sandbox/feature-services/s", {"features": ["t:x"]}))
    body = {"feature_service": "s", "entities": {"key": ["a"]}}
    assert server.ask("POST", "/get-online-features", body).status == 404
    server.define("t", ["key"], "at")
    server.write("t", [ROW])
    succeed(server.ask("POST", "/get-online-features", body))
    assert server.get("/sandbox/feature-services")["s"] == {"features": ["t:x"]}


@pytest.mark.parametrize("now", ["noon", "", 5, {"x": 1}])
def test_refuses_a_clock_that_is_no_time(server: FeatureProcess, now: object) -> None:
    """The clock is ISO 8601 or null; what is neither leaves it as it was."""
    server.set_clock("2013-06-08T14:00:00")
    answer = server.ask("PUT", "/sandbox/clock", {"now": now})
    assert (answer.status in (400, 422), "now" in answer.detail) == (True, True)
    assert server.get("/sandbox/clock")["set"] == "2013-06-08T14:00:00Z"


def test_paths_and_methods(server: FeatureProcess) -> None:
    """An unknown path is 404, a wrong method 405, and health is an empty 200 as in Feast."""
    assert (server.ask("GET", "/health").status, server.ask("GET", "/health").body) == (200, b"")
    assert server.ask("GET", "/nothing").status == 404
    answer = server.ask("GET", "/get-historical-features")
    assert (answer.status, answer.detail) == (405, "/get-historical-features answers POST")
    assert server.ask("GET", "/get-online-features").status == 405
