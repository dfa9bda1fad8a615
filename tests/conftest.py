"""What holds for every test: there is no Docker engine, unless a test asks for the real one."""

import os

# Kept for the tests that do (tests/containers).
os.environ.setdefault("REAL_DOCKER_HOST", os.environ.get("DOCKER_HOST", ""))
os.environ["DOCKER_HOST"] = "unix:///there/is/no/engine.sock"
