"""The engine: one pure step from a state and inputs to the next state and effects, and what goes on between steps."""
