"""The built site before real tools: a validator of HTML, an accessibility checker, Lighthouse, a browser.

Never used by the product, and not part of `make test`; `make web` installs the tools and runs it.
"""
