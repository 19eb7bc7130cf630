"""Providers: what answers prompts."""
