"""Headquarters: the contract with its gateways, a receiver that keeps it, and the proof that nothing is missing."""
