"""A strict server that speaks each publisher's protocol on loopback, and the tests over it."""
