"""`python -m builder` is `broadsheet`."""

from builder.cli import main

# Guarded, since the processes that parse feeds import this module as well.
if __name__ == "__main__":
    main()
