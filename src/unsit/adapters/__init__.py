"""One file per outside system, named by it."""
