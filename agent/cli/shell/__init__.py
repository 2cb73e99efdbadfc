"""What the commands share: reading what was typed, asking the daemon, printing the answer."""
