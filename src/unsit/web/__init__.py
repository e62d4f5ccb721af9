"""The pages process: a client of the control socket that serves the guide on loopback."""
