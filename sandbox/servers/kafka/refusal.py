"""An answer that refuses a request as a whole, for any API: read off the two messages' schemas.

Kafka has no general way to say no: each response carries its error codes where its schema puts
them, one for the whole, or one for each topic and partition that was asked about. What a response
lists has the shape of what the request lists, so the request's lists are copied over, each entry
with the error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.frame import API_VERSIONS
from sandbox.servers.kafka.handlers.k18_api_versions import listing
from sandbox.servers.kafka.outcome import Outcome, Reply, Silence

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Api, Request

ERROR_CODES = ("error_code", "partition_error_code")
# Lists of a response that say where brokers are, and nothing of what was asked about.
NOT_ANSWERS = ("brokers", "node_endpoints", "api_keys")
# By which of its fields an entry is known, where the request lists plain values.
NAMES = ("name", "group_id", "key", "partition_index", "transactional_id")
# Requests and responses do not always use the same name.
SAME_AS = {"partition_index": ("index", "partition"), "index": ("partition_index",)}


def refuse(api: Api, request: Request, code: Code) -> Outcome:
    """Answer that everything asked for failed with `code`."""
    if getattr(request.body, "acks", None) == 0:
        return Silence()
    if api.key == API_VERSIONS and code == Code.UNSUPPORTED_VERSION:
        # The one error that clients read in version 0, whatever they asked in (KIP-511).
        return Reply(listing(0, code))
    return Reply(_filled(api.response, request.body, request.version, code))


def _filled(kind: Any, asked: Any, version: int, code: Code) -> Any:
    values: dict[str, Any] = {}
    for field in kind._struct.fields.values():  # noqa: SLF001 - the schema has no public name
        if not field.for_version_q(version) or field._tag is not None:  # noqa: SLF001
            continue
        if field.name in ERROR_CODES:
            values[field.name] = code
        elif field.is_struct_array() and field.name not in NOT_ANSWERS:
            values[field.name] = _entries(field, asked, version, code)
        elif not field.is_struct_array():
            found = _same(field.name, asked)
            if found is not None:
                values[field.name] = found
    return kind(version=version, **values)


def _entries(field: Any, asked: Any, version: int, code: Code) -> list[Any]:
    """Give an entry for everything that the request lists at this place."""
    listed = _list_of(asked)
    kind = field.data_class
    first = next(iter(field.fields.values())).name
    keys = [name for name in field.fields if name in NAMES]
    entries = []
    for each in listed:
        if hasattr(each, "_struct"):
            entries.append(_filled(kind, each, version, code))
        else:
            entry = _filled(kind, None, version, code)
            setattr(entry, keys[0] if keys else first, each)
            entries.append(entry)
    return entries


def _list_of(asked: Any) -> list[Any]:
    """Find what a request is about: its first list that has something in it."""
    for name in getattr(asked, "_struct").fields if asked is not None else ():  # noqa: B009
        value = getattr(asked, name)
        if isinstance(value, list) and value:
            return value
    return []


def _same(name: str, asked: Any) -> Any:
    for known in (name, *SAME_AS.get(name, ())):
        found = getattr(asked, known, None) if asked is not None else None
        if found is not None and not isinstance(found, list):
            return found
    return None
