"""The plant room without hardware: physics, protocol servers, faults and scenarios."""
