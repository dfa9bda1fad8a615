"""Check the feature server's part: entities, seeds, columns, and the features of services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.config.fixture_tables import columns_of

if TYPE_CHECKING:
    from sandbox.config.definition import Config, FeatureTable
    from sandbox.document import Key
    from sandbox.document.verify import Verify


def check_features(config: Config, verify: Verify) -> None:
    """Raise ConfigError at the first table, seed or feature that cannot be."""
    columns = {
        name: _columns(config, table, ("feature_server", "tables", name), verify)
        for name, table in config.feature_server.tables.items()
    }
    for name, features in config.feature_server.services.items():
        for at, feature in enumerate(features):
            _check_feature(feature, columns, ("feature_server", "services", name, at), verify)


def _columns(config: Config, table: FeatureTable, key: Key, verify: Verify) -> set[str]:
    """Give the columns that a table is seeded with; none where it starts empty."""
    verify(table.entity, (*key, "entity"), "a feature table has one entity column or more")
    known: set[str] = set()
    for at, reference in enumerate(table.seed):
        columns = columns_of(config, reference, (*key, "seed", at), verify)
        for entity in table.entity:
            verify.known(entity, columns, (*key, "entity"), "column", of=reference)
        timestamp = (*key, "event_timestamp")
        verify.known(table.event_timestamp, columns, timestamp, "column", of=reference)
        known |= set(columns)
    return known


def _check_feature(feature: str, columns: dict[str, set[str]], key: Key, verify: Verify) -> None:
    table, colon, column = feature.partition(":")
    verify(colon, key, f"{feature!r} is no feature", "write it as table:feature")
    verify.known(table, columns, key, "feature table")
    if columns[table]:
        verify.known(column, columns[table], key, "feature", of=table)
