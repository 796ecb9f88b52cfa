"""The catalogues of the interface: what is extracted from the code, and whether it is translated."""
