"""From bytes to plain data with the place of every word, and every mistake at once."""
