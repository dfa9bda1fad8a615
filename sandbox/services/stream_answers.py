"""What kafka-python raises, told as a ServiceFailedError."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from sandbox.endpoint import is_listening
from sandbox.errors import ServiceFailedError
from sandbox.services.ask import shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.services.stream_client import StreamClient

OURS_FAILS = "is a fault in force? what it says: sandbox logs stream"
# Of a login that is refused, kafka-python only says that it could not connect in time.
OTHERS_FAIL = "does [external.kafka] fit it: security.protocol, and who you are (sasl.username, …)?"

Inputs = ParamSpec("Inputs")
Given = TypeVar("Given")


def answered(
    act: Callable[Concatenate[StreamClient, Inputs], Given],
) -> Callable[Concatenate[StreamClient, Inputs], Given]:
    """Have what kafka-python raises told as a ServiceFailedError.

    Where nobody listens, kafka-python would try for long, and leave sockets open: it is not asked.
    """

    @wraps(act)
    def translated(self: StreamClient, /, *inputs: Inputs.args, **named: Inputs.kwargs) -> Given:
        from kafka.errors import KafkaError  # noqa: PLC0415 - 110 ms

        if not is_listening(self.endpoint):
            raise ServiceFailedError(
                f"the stream is away: nobody listens at {self.endpoint.address}"
            )
        try:
            return act(self, *inputs, **named)
        except KafkaError as error:
            raise ServiceFailedError(
                f"the stream does not do what it is asked: {said_by_kafka(error)}",
                hint=OTHERS_FAIL if self.is_shared else OURS_FAILS,
            ) from error

    return translated


def said_by_kafka(error: Exception) -> str:
    """Give what kafka-python says, without the request and response that it appends."""
    return shortened(str(error).partition("' failed with response")[0])
