"""The exercises: load, check, draw."""
