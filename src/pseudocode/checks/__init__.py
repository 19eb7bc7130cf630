"""Checks: format and lint of generated code."""
