"""What is written for people into the files of a site: new sites, new lines, help for their editor."""
