"""The least that a server can do with a callback and with a file, under the portal's own server and settings."""
