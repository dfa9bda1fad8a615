"""ApiVersions (18): which APIs there are, read from the table of handlers.

Versions 0 to 4. A version that is too new is answered in version 0 with error 35 (KIP-511); that
answer is made by the broker, before this is asked.

Not implemented: features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.metadata import ApiVersionsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

# librdkafka before 2.11 takes a broker without the first versions of Produce for one that knows no
# compression, so Kafka advertises them, and answers them no more than we do (KAFKA-18659).
FIRST_ADVERTISED = {0: 0}


def handle(request: Request) -> Outcome:
    """List what HANDLERS holds."""
    return Reply(listing(request.version, Code.NONE))


def listing(version: int, code: Code) -> ApiVersionsResponse:
    """Give the response of that version with every API's range."""
    from sandbox.servers.kafka.handlers import HANDLERS  # noqa: PLC0415 - the table holds this too

    keys = [
        ApiVersionsResponse.ApiVersion(
            api_key=api.key,
            min_version=FIRST_ADVERTISED.get(api.key, api.versions[0]),
            max_version=api.versions[-1],
        )
        for api in HANDLERS.values()
    ]
    return ApiVersionsResponse(version=version, error_code=code, api_keys=keys)
