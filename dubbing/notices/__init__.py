"""Decide who is notified of an event: notices in the portal, and the emails that follow them."""
