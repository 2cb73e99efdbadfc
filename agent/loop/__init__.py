"""The loop of the daemon: readings in, one step of the engine, its effects stored before anybody hears of them."""
