"""What pages say about rows: states in words, what happens next, what went wrong, what happened."""
