"""The endpoint for agents (Model Context Protocol): operations of the API as tools, with the same tokens and limits."""
