"""The layers of settings: read, check, explain, write."""
