"""What the user wrote in sandbox.toml, as frozen data."""
