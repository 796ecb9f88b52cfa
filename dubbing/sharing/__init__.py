"""What people without an account are shown: share links, what guests say, and who used which link."""
