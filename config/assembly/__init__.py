"""From the checked shape of files to the values the program works with; checks what files mean together."""
