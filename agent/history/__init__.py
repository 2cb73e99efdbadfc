"""What happened: found in the journal, told apart, and summed up. One way for the command line, the page and others."""
