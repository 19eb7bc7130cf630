"""Generating from within a person's program: the same loop, with panels and a prompt."""
