"""From wire to readings: the nouns, the planner, the codec, templates and one folder a protocol."""
