"""What a device once answered, kept in a file: a template can be tested without the device."""
