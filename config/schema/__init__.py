"""The shape of every file a person writes, as pydantic models; ``config.assembly`` checks what they mean together."""
