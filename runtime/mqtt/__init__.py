"""The connection to a broker: TLS, sessions, what arrives and why it fails. Knows no message of ours."""
