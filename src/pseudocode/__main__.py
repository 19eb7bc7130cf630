"""`python -m pseudocode` is `pseudocode-tui`."""

from pseudocode.cli import main

if __name__ == "__main__":
    main()
