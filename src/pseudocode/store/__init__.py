"""Store: the files of a specs folder, journals, accepted code."""
