"""An app that writes a day's departures, and says `200` when so many are acknowledged.

It is a process of its own, as a user's would be, and knows only KAFKA_BOOTSTRAP_SERVERS.
"""

import json
import os
import sys

import duckdb
from kafka import KafkaProducer

SAY_AT = 200

connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'").fetchall()
found = connection.sql(f"""
    SELECT * EXCLUDE (scheduled_at, departed_at, date), date::VARCHAR AS date,
           strftime(COLUMNS(['scheduled_at', 'departed_at']), '%Y-%m-%dT%H:%M:%SZ')
    FROM '{sys.argv[1]}'
""")
values = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
producer = KafkaProducer(
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"], acks="all", enable_idempotence=True
)
for position, value in enumerate(values, start=1):
    producer.send("departures", json.dumps(value).encode()).get(timeout=60)
    if position == SAY_AT:
        print(position, flush=True)
producer.close()
print(len(values), flush=True)
