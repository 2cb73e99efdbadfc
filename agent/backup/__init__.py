"""One file with everything of a gateway, and what is done with it: restored, moved to another box; or all deleted."""
