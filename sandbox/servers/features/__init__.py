"""The feature server: tables of features in DuckDB, read online, point-in-time and by SQL.

One process owns the DuckDB file, because DuckDB lets no other open it meanwhile. It speaks Feast's
HTTP API; README.md beside this file describes what it adds.
"""
