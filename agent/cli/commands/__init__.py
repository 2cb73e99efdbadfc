"""One module for each command, imported only when asked for."""
