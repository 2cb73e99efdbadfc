"""The way to headquarters: what is said over the connection to the broker, and in which order."""
