"""Where a receiver keeps what arrived."""
