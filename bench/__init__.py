"""Measurements, attacks and drills against servers over the practice core."""

import os

# The practice core's, which a server that is no development set-up does not have by itself.
os.environ.setdefault("BFF_CORE_PASSWORD", "practice")
