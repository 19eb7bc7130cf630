"""Hostile, cheating and honest programs, and what is seen of them from outside.

`python -m tests.edges.hostile` prints which isolation contains which of them on this machine.
"""
