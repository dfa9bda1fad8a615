"""The four roles, on any runtime: what to start, how to talk to it, what it holds."""
