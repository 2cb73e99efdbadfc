"""What daemon and receiver both stand on: clock, tasks, logs, SQLite, MQTT. Knows no site and no rule."""
