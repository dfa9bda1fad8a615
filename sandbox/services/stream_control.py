"""The embedded stream's control port: faults on demand (servers/kafka/README.md has them all)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.services.ask import ask_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.endpoint import Endpoint

NAME = "stream"


class StreamControl:
    """Asks the stream to go wrong, and to be well again; each raises ServiceFailedError."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Speak to the control port at `endpoint`."""
        self._endpoint = endpoint

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return ask_json(self._endpoint, method, path, body=body, who=NAME)

    def add_rule(self, rule: Mapping[str, Any]) -> None:
        """Have requests of an API go wrong."""
        self._ask("POST", "/rules", rule)

    def begin_outage(self, seconds: float | None) -> None:
        """Cut every connection and refuse new ones; None: until the faults are lifted."""
        self._ask("POST", "/outage", {"seconds": seconds})

    def rebalance(self, group: str) -> list[str]:
        """Have a group's members join anew; gives the groups that do: none where it has none."""
        found: list[str] = self._ask("POST", "/rebalance", {"group": group})["rebalancing"]
        return found

    def expire_sessions(
        self, *, group: str | None = None, member: str | None = None, everybody: bool = False
    ) -> list[str]:
        """End sessions; gives the ids of the members that were put out.

        That is one member or everybody; without either, members whose connection is gone.
        """
        asked = {"group": group, "member": member, "everybody": everybody}
        found: list[str] = self._ask("POST", "/expire-sessions", asked)["expired"]
        return found

    def lift(self) -> None:
        """Lift every rule, and end an outage."""
        self._ask("DELETE", "/rules")
        self._ask("DELETE", "/outage")
