"""Runner: a candidate and its examples become a report."""
