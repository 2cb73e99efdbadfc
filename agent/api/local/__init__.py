"""The local socket: the side that asks, the side that answers, and who is at the other end."""
