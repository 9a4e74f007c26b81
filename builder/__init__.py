"""Broadsheet: feeds become items, items Markdown files, files stories, stories pages."""

__version__ = "0.1.0"
