"""A long history with known events, replayed through the real steps."""
