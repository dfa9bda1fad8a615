"""The link: a relay that stands before a server of the user's own, so that its calls are seen.

Bytes pass unchanged both ways; beside them a tap reads the HTTP that they are and records calls.
"""
