"""A new source, from an address or a sample file to a draft that asks people what it cannot know.

Nothing here runs in a refresh: it writes the folder that a refresh then reads.
"""
