"""The log and the history: the only SQL."""
