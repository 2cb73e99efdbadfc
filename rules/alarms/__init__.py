"""The life of alarms as ISA-18.2 says, what lies over it, and why each one is as it is."""
