"""What may go wrong in the daemon itself; all expected, all told by message code."""

from drivers.points import PlantgateError


class StoreError(PlantgateError):
    """The journal could not be read or written: disk full, read-only or corrupt."""

    @property
    def particulars(self) -> dict[str, str]:
        """Its arguments as JSON values."""
        return {key: str(value) for key, value in self.arguments.items()}


class UplinkError(PlantgateError):
    """The broker or headquarters cannot be reached, or refused us."""


class PublishRefused(UplinkError):
    """The broker took the message and declined to keep it; the connection is still good."""


class SubscriptionRefused(UplinkError):
    """The broker does not let us hear a topic; the connection is still good."""


class WireError(PlantgateError):
    """A message that does not follow the contract."""


class AgentError(PlantgateError):
    """The daemon cannot do what was asked of it."""


class UsageError(PlantgateError):
    """The command line was used wrongly."""
