"""The app: a consumer of the events of sessions."""
