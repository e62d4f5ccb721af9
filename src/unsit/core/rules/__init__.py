"""The rules, a room for each idea. Which event and which timer leads into which of them stands in core/engine.py."""
