"""Accepted code as plain Python, with no dependency on this package."""
