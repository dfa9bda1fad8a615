"""A member of group g that prints what it reads from topic t, a line each, until its stdin ends.

Run it as `python group_reader.py LIBRARY ADDRESS`. It gives up after 60 s without a record.
"""

from __future__ import annotations

import select
import sys
from typing import TYPE_CHECKING

from through_aiokafka import Aiokafka
from through_confluent import Confluent
from through_kafka_python import KafkaPython

from sandbox.clock import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafka_record import Client

LIBRARIES: dict[str, Callable[[str], Client]] = {
    library.name: library for library in (KafkaPython, Confluent, Aiokafka)
}


def main(library: str, address: str) -> int:
    """Read, print, commit; gives 1 where nothing came for too long."""
    client = LIBRARIES[library](address)
    member = client.join("g", "t")
    patience = Deadline(60)
    while not select.select([sys.stdin], [], [], 0)[0]:
        for record in member.poll():
            # First of all: who reads the line may kill the server at once.
            member.commit()
            print((record.value or b"").decode(), flush=True)
            patience = Deadline(60)
        if patience.passed:
            return 1
    member.close()
    client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
