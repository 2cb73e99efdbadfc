"""Lets a process start another one of itself: ``python -m agent.cli``."""

import sys

from agent.cli import main

sys.exit(main())
