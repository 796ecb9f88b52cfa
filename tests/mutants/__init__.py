"""Single breaks of the code, each of which some test must notice: ``make mutants``."""
