"""The panes of the app, one file each."""
