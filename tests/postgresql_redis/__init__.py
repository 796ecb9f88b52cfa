"""PostgreSQL and Redis: finding or starting them, and tests that are about them."""
