"""What every test has: in ``make soak`` a run goes on where the last one stopped."""

from tests.soak import pytest_configure as pytest_configure
