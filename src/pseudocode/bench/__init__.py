"""Suites by which the loop is measured."""
