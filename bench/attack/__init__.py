"""Attacks on a running server, each with a bound that it has to keep: `python -m bench.attack`."""
