"""What a device once answered, kept in a file, and a wire that answers the same again: tests without the device."""
