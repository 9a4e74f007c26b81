"""`python -m builder` is `broadsheet`."""

from builder.cli import main

main()
