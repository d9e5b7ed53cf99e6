"""Looks for what must not be public in the very bytes that would be."""
