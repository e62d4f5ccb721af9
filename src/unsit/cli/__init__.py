"""The command line: ask the daemon, print."""
