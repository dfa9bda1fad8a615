"""What the user wrote in a scenario, as frozen data."""
