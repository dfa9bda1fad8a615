"""Import the clients of services while something else is waited for: together they take 0.25 s."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def importing_clients() -> Iterator[None]:
    """Import what seeding needs, beside the block; both are done when this is left.

    A block that raises does not wait: Ctrl-C can leave an import of the main thread's half done and
    its lock held (CPython before 3.12), and then the imports beside it never end.
    """
    thread = threading.Thread(target=_import_clients, daemon=True)
    thread.start()
    yield
    thread.join()


def _import_clients() -> None:
    import kafka.admin  # noqa: PLC0415
    import minio  # noqa: PLC0415

    del kafka, minio
