"""A recorded session as something to read, without the app and without a terminal."""
