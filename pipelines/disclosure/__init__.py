"""Counts of people by what is protected of them: cut once, small cells hidden, then frozen."""
