"""What a spec is: its model, static discovery in source text, docstrings, digests."""
