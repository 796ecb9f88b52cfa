"""The audit log: what a request leaves in it, and whether it is whole."""
