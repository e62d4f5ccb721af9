"""What Unsit decides, and when: pure, no I/O, no clock, no threads, no logging, no randomness."""
