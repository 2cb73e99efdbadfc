"""The way to headquarters: one connection to the broker, what is said over it, and in which order."""
