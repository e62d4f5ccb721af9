"""One D-Bus connection on the daemon's loop, over jeepney's protocol layer (which does no I/O of its own)."""
