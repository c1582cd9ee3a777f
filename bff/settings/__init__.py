"""Settings from the environment and from secret files, and what is wrong with them."""

from bff.settings.variables import Settings

__all__ = ["Settings"]
