"""Review: automatic checks of results, comments, issues, and approval."""
