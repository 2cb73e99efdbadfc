"""What a link counts about each device, for ``status``."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class DeviceStatistics:
    """Counts since the start of the process."""

    requests: int = 0
    good: int = 0
    timeouts: int = 0
    exceptions: int = 0
    last_error: str = ""
    """Message code of the last failure."""
    latency: float = 0.0
    """Seconds the last answer took, in the world outside."""
    total_latency: float = field(default=0.0, repr=False)

    def succeeded(self, seconds: float) -> None:
        """Count a good answer."""
        self.good += 1
        self.latency = seconds
        self.total_latency += seconds

    def plain(self) -> dict[str, object]:
        """As JSON values; latencies in milliseconds."""
        mean = self.total_latency / self.good if self.good else 0.0
        return {
            "requests": self.requests,
            "good": self.good,
            "timeouts": self.timeouts,
            "exceptions": self.exceptions,
            "last_error": self.last_error,
            "latency_ms": round(self.latency * 1000, 1),
            "latency_mean_ms": round(mean * 1000, 1),
        }
