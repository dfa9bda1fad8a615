"""What the runtime asks of whatever carries services and apps: processes here, or containers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sandbox.runtime.record import ProcessRecord
    from sandbox.runtime.spec import Spec

Carried_contra = TypeVar("Carried_contra", bound="Spec", contravariant=True)


@dataclass(frozen=True, slots=True)
class Launched:
    """What was started: its record as it is now, and the pipe that it announces itself on, or -1."""

    record: ProcessRecord
    pipe: int = -1


class Carrier(Protocol, Generic[Carried_contra]):
    """Starts, finds and ends; records are how it knows again what it started."""

    def launch(self, spec: Carried_contra, record: ProcessRecord, log: Path) -> Launched:
        """Start what `spec` says, without waiting for it; raises ServiceFailedError."""

    def is_running(self, record: ProcessRecord) -> bool:
        """Tell whether it runs."""

    def is_there(self, record: ProcessRecord) -> bool:
        """Tell whether its data is there, whether it runs or not."""

    def has_succeeded(self, record: ProcessRecord) -> bool:
        """Tell whether it is known to have ended well."""

    def exit_status(self, record: ProcessRecord) -> str:
        """Say how it ended, where that can still be known."""

    def end(self, records: Iterable[ProcessRecord], *, within: float) -> list[str]:
        """End in order, side by side; gives the names of those that had to be killed."""

    def kill(self, record: ProcessRecord) -> bool:
        """SIGKILL it; tells whether there was one."""

    def collect_log(self, record: ProcessRecord, log: Path) -> None:
        """See to it that `log` holds all that was printed so far."""

    def collect_calls(self, record: ProcessRecord, calls: Path) -> None:
        """See to it that `calls` holds the call log as it is now."""

    @property
    def network(self) -> str | None:
        """The network that what is carried is on, where that is one of its own."""

    def discard(self) -> None:
        """Remove what is kept outside of the state folder."""
