"""What every server process has in common: how it says that it is ready, and what it records."""
