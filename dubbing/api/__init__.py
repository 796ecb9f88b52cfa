"""The API for programs: the same operations and the same visibility as the pages, by tokens alone."""
