"""Records that compress as JSON does: half of each is words that repeat, half is chance."""

from __future__ import annotations

import random
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORDS = (
    b'{"carrier":"UA","flight":1545,"origin":"EWR","dest":"IAH","scheduled_at":"2013-06-08T09:15"}'
)


def make_values(size: int, count: int) -> list[bytes]:
    """Give `count` values of `size` bytes; a thousand are different, and come again and again."""
    chance = random.Random(1)  # noqa: S311 - a load, no secret
    half = size // 2
    words = (WORDS * (half // len(WORDS) + 1))[:half]
    different = [words + chance.randbytes((size - half) // 2).hex().encode() for _ in range(1_000)]
    padded = [each.ljust(size, b"0")[:size] for each in different]
    return [padded[number % len(padded)] for number in range(count)]
