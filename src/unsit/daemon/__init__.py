"""The process that runs all day."""
