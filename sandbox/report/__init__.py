"""Show results: as text for people, as JSON and JUnit for programs."""
