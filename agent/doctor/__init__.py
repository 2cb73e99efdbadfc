"""What ``plantgate doctor`` looks at: the box, its wires and what the devices say, each finding with what to do."""
