"""Seeding puts what is declared into the services, and nothing else."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from seeded import DAY, MODELS, SHELF, write_seeds

from sandbox import Session
from sandbox.errors import FixtureError
from sandbox.fixtures.tables import table_file, tables_of

if TYPE_CHECKING:
    from pathlib import Path

    from seeded import Seeded


@pytest.fixture(autouse=True)
def as_seeded(seeded: Seeded) -> None:
    """Begin with what was seeded, whatever the test before did."""
    seeded.session.reset()


def md5(content: bytes) -> str:
    """Give the ETag of an object that was put at once."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_topics_are_as_declared(seeded: Seeded) -> None:
    """Each topic has its partitions and settings; nothing was written, nobody reads."""
    found = seeded.stream()
    assert found["ends"] == {
        ("orders", 0): 0,
        ("orders", 1): 0,
        ("orders", 2): 0,
        ("orders.late", 0): 0,
    }
    assert found["groups"] == []
    assert '"2000"' in json.dumps(found["settings"])


def test_buckets_have_the_files_of_their_folders(seeded: Seeded) -> None:
    """Every file is an object with its path as key, once, byte for byte; hidden files are none."""
    shelf = {key: [md5(content)] for key, content in SHELF.items()}
    models = {
        path.relative_to(MODELS).as_posix(): [md5(path.read_bytes())]
        for path in MODELS.rglob("*")
        if path.is_file()
    }
    assert seeded.objects() == {"models": models, "shelf": shelf, "history": shelf, "empty": {}}
    for key, content in SHELF.items():
        assert seeded.minio().get_object("shelf", key).data == content


def test_versioning_is_as_declared(seeded: Seeded) -> None:
    """A bucket keeps versions where it is declared to."""
    client = seeded.minio()
    states = {name: client.get_bucket_versioning(name).status for name in ("shelf", "history")}
    assert states["history"] == "Enabled"
    assert states["shelf"] != "Enabled"


def test_tables_have_the_rows_of_their_fixtures(seeded: Seeded) -> None:
    """A feature table has the rows of every table it is seeded with, one without has none."""
    found = seeded.features()
    assert found["rows"] == {
        "stock": (
            ("ink", 5, "2013-06-11T08:00:00Z"),
            ("ink", 7, "2013-06-10T08:00:00Z"),
            ("pen", 5, "2013-06-11T08:00:00Z"),
            ("pen", 7, "2013-06-10T08:00:00Z"),
        )
    }
    assert set(found["tables"]) == {"stock", "unwritten"}
    assert found["tables"]["stock"]["ttl_seconds"] == 6 * 3600
    assert found["services"] == {"shop": {"features": ["stock:pieces"]}}
    assert found["clock"]["set"] is None


def test_declared_models_are_served(seeded: Seeded) -> None:
    """Each version that lies in the bucket answers."""
    assert set(seeded.models()) == {"arrival_delay/1", "arrival_delay/2"}


def test_seeding_again_changes_nothing_that_is_as_seeded(seeded: Seeded) -> None:
    """`sandbox seed` over what is there leaves the same rows and objects."""
    before = seeded.listing()
    seeded.session.seed()
    after = seeded.listing()
    # A bucket that keeps versions keeps those that are put again, too.
    for listing in (before, after):
        listing["objects"]["history"] = {
            key: set(versions) for key, versions in listing["objects"]["history"].items()
        }
    assert after == before


def test_after_seeding_again_reset_finds_all_as_seeded(seeded: Seeded) -> None:
    """What seeding again wrote is no change that resetting would have to undo."""
    before = seeded.listing()
    seeded.session.seed()
    seeded.session.reset()
    assert seeded.listing() == before


def test_a_fixture_is_found_by_its_name(seeded: Seeded) -> None:
    """All tables of a fixture, or one of them, by the names in its manifest."""
    config = seeded.session.config
    folder = config.folder / "fixtures" / DAY
    assert tables_of(config, DAY) == {
        "stock": folder / "stock.parquet",
        "more": folder / "more.parquet",
    }
    assert table_file(config, f"{DAY}/more") == folder / "more.parquet"


@pytest.mark.parametrize(
    ("reference", "message", "hint"),
    [
        (f"{DAY}/stok", f"{DAY} has no table 'stok'", "did you mean 'stock'?"),
        ("shop/munday/stock", "there is no fixture at ", "did you mean 'monday'?"),
    ],
)
def test_a_fixture_that_is_not_there_is_named(
    seeded: Seeded, reference: str, message: str, hint: str
) -> None:
    """The nearest name is told."""
    with pytest.raises(FixtureError) as caught:
        table_file(seeded.session.config, reference)
    assert caught.value.message.startswith(message)
    assert caught.value.hint == hint


def test_a_fixture_with_other_bytes_is_refused(tmp_path: Path) -> None:
    """A table whose bytes are not those of the manifest seeds nothing, and nothing is left."""
    config = write_seeds(tmp_path)
    file = tmp_path / "fixtures" / DAY / "more.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    for refused in (lambda: tables_of(config, DAY), lambda: table_file(config, f"{DAY}/more")):
        with pytest.raises(FixtureError, match="its sha256 differs") as caught:
            refused()
        assert caught.value.where is not None
        assert caught.value.where.file == file
    session = Session(config)
    with pytest.raises(FixtureError, match="its sha256 differs"):
        session.up()
    assert session.status().processes == ()
