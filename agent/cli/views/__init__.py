"""How a thing reads in a terminal: alarms, links, explanations, findings."""
