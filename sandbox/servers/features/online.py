"""Online reads: Feast's `POST /get-online-features`, answered from the indexes alone.

Feast's response has a vector for each name in `metadata.feature_names`: first the join keys in the
order of the request, then the features, table by table. Statuses:

PRESENT           a value that held at the server's time
NULL_VALUE        the row is there and its value is null, NaN or infinite: JSON has no word for these
NOT_FOUND         nothing was known of this entity at that time (or the entity itself is null)
OUTSIDE_MAX_AGE   what was known is older than the table's time to live; the value is withheld
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from math import isfinite
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.errors import nearest
from sandbox.servers.features.instants import to_iso
from sandbox.servers.features.plan import Part, Plan, make_plan
from sandbox.servers.features.refusal import BadRequest, Malformed, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.servers.features.definitions import FeatureService
    from sandbox.servers.features.table import Table

MOST_PLANS = 1_000
NEVER = to_iso(0)
PRESENT = "PRESENT"
encode = msgspec.json.Encoder().encode


class OnlineRequest(msgspec.Struct):
    """The body of a request, as Feast has it; other keys are let pass, as Feast does."""

    entities: dict[str, list[Any]]
    features: list[str] | None = None
    feature_service: str | None = None
    full_feature_names: bool = False


decode = msgspec.json.Decoder(OnlineRequest).decode


class OnlineReader:
    """Answers requests about `tables` and `services`, both of which it is given to look into."""

    def __init__(self, tables: Mapping[str, Table], services: Mapping[str, FeatureService]) -> None:
        """Plan nothing yet."""
        self._tables = tables
        self._services = services
        self._plans: dict[object, Plan] = {}

    def forget_plans(self) -> None:
        """Plan anew from now on: a table or a service was changed."""
        self._plans.clear()

    def answer(self, body: bytes, now: int) -> bytes:
        """Give the response's body; `now` is in microseconds since 1970.

        Raises Malformed, BadRequest or NotFound.
        """
        try:
            request = decode(body)
        except msgspec.ValidationError as error:
            raise Malformed(f"the body is no request for features: {error}") from error
        except msgspec.DecodeError as error:
            raise Malformed(f"the body is no JSON: {error}") from error
        plan = self._plan(request)
        rows = _count_rows(request.entities)
        vectors = [_keys_vector(values, rows) for values in request.entities.values()]
        for part in plan.parts:
            vectors.extend(_feature_vectors(part, request.entities, now))
        return b'{"metadata":{"feature_names":%b},"results":[%b]}' % (
            plan.names,
            b",".join(vectors),
        )

    def _plan(self, request: OnlineRequest) -> Plan:
        asked = (
            request.feature_service or tuple(request.features or ()),
            request.full_feature_names,
            tuple(request.entities),
        )
        plan = self._plans.get(asked)
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            plan = make_plan(
                self._tables,
                self._features(request),
                tuple(request.entities),
                full_feature_names=request.full_feature_names,
            )
            self._plans[asked] = plan
        return plan

    def _features(self, request: OnlineRequest) -> Sequence[str]:
        name = request.feature_service
        if name:
            service = self._services.get(name)
            if service is None:
                hint = nearest(name, self._services)
                raise NotFound(f"Feature service {name} does not exist: {hint}")
            return service.features
        if not request.features:
            raise BadRequest(
                "No features specified for retrieval: give features or feature_service"
            )
        return request.features


def _count_rows(entities: Mapping[str, list[Any]]) -> int:
    lengths = {len(values) for values in entities.values()}
    if len(lengths) > 1:
        said = ", ".join(f"{name} has {len(values)}" for name, values in entities.items())
        raise BadRequest(f"All entity rows must have the same columns: {said} values")
    return lengths.pop() if lengths else 0


def _keys_vector(values: list[Any], rows: int) -> bytes:
    return _vector(encode(values), *_all_present(rows))


def _vector(values: bytes, statuses: bytes, stamps: bytes) -> bytes:
    return b'{"values":%b,"statuses":%b,"event_timestamps":%b}' % (values, statuses, stamps)


@lru_cache(maxsize=64)
def _all_present(rows: int) -> tuple[bytes, bytes]:
    return encode([PRESENT] * rows), encode([NEVER] * rows)


def _feature_vectors(part: Part, entities: Mapping[str, list[Any]], now: int) -> list[bytes]:
    """Give the vector of each feature that a request wants of one table."""
    found, statuses, stamps = _find(part, entities, now)
    all_statuses = encode(statuses)
    all_stamps = encode(stamps)
    pick = _picker(found)
    columns = part.table.index.columns
    vectors = []
    for place in part.places:
        column = columns[place]
        values: Sequence[Any] = pick(column)
        said = all_statuses
        if isinstance(column, array):
            if not all(map(isfinite, values)):
                values = [value if isfinite(value) else None for value in values]
                said = _with_nulls(statuses, values)
        elif None in values:
            said = _with_nulls(statuses, values)
        vectors.append(_vector(encode(values), said, all_stamps))
    return vectors


def _picker(rows: list[int]) -> Callable[[Any], Sequence[Any]]:
    """Give the function that takes these rows out of a column."""
    if len(rows) == 1:
        only = rows[0]
        return lambda column: (column[only],)
    return itemgetter(*rows) if rows else lambda _: ()


def _with_nulls(statuses: list[str], values: Sequence[Any]) -> bytes:
    return encode(
        [
            "NULL_VALUE" if value is None and status is PRESENT else status
            for status, value in zip(statuses, values, strict=True)
        ]
    )


def _find(
    part: Part, entities: Mapping[str, list[Any]], now: int
) -> tuple[list[int], list[str], list[str]]:
    """Find each entity's row; gives rows, statuses and event timestamps side by side."""
    index = part.table.index
    find, times = index.find, index.times
    ttl = part.table.definition.ttl
    oldest = None if ttl is None else now - ttl
    found, statuses, stamps = [], [], []
    for key in _request_keys(part, entities):
        row = find(key, now)
        at = times[row]
        status = PRESENT if row else "NOT_FOUND"
        if row and oldest is not None and at < oldest:
            row, status = 0, "OUTSIDE_MAX_AGE"
        found.append(row)
        statuses.append(status)
        stamps.append(to_iso(at))
    return found, statuses, stamps


def _request_keys(part: Part, entities: Mapping[str, list[Any]]) -> Sequence[Any]:
    """Give the keys as the index knows them; raises BadRequest where one has a wrong type."""
    for name, types in part.key_types:
        values = entities[name]
        if not types.issuperset(map(type, values)):
            wrong = next(value for value in values if type(value) not in types)
            wanted = part.table.column_type(name)
            raise BadRequest(f"entity {name!r} is {wanted} in {part.table.name}, got {wrong!r}")
    vectors = [entities[name] for name, _ in part.key_types]
    return vectors[0] if len(vectors) == 1 else list(zip(*vectors, strict=True))
