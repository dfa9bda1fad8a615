"""A small app: copies the records of `orders` to `copies`, and commits after.

`PAUSE` (seconds) makes it slow; `DIE_ON` names the value at which it dies.
"""

import os
import signal
import sys
import threading

from kafka import KafkaConsumer, KafkaProducer

SERVERS = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
PAUSE = float(os.environ.get("PAUSE", "0"))
DIE_ON = os.environ.get("DIE_ON")

stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopping.set())

consumer = KafkaConsumer(
    "orders",
    bootstrap_servers=SERVERS,
    group_id="copier",
    enable_auto_commit=False,
    auto_offset_reset="earliest",
    max_poll_records=5,
)
# As in sandbox/reference/consuming.py: what it learns only later would make it join again.
consumer.topics()
producer = KafkaProducer(bootstrap_servers=SERVERS, acks="all")
print("ready", os.environ.get("MODE", "as declared"), flush=True)
while not stopping.is_set():
    for records in consumer.poll(timeout_ms=50).values():
        for record in records:
            if DIE_ON and DIE_ON.encode() in record.value:
                sys.exit(f"cannot bear {DIE_ON}")
            stopping.wait(PAUSE)
            sent = producer.send("copies", record.value, key=record.key or b"none")
            sent.get(timeout=10)
        if not stopping.is_set():
            consumer.commit()
consumer.close(autocommit=False)
producer.close()
