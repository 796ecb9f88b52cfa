"""What to know before an upgrade: pending migrations and what they do to a running portal, space, versions, backup."""
