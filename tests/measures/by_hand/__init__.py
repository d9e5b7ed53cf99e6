"""Every measure a second time, from the facts alone: no database, and no code of the project.

Written from the definitions in the register, with Python's standard library.
"""
