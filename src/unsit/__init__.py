"""Unsit: says get up after every hour of sitting, and guides a short psoas stretch."""

__version__ = "0.1.0"
