"""A link at run time: the schedule of its polls, its devices, and the one task that owns the wire."""
