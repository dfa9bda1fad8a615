"""Broken twins of the apps, each with one bug that real teams have shipped."""
