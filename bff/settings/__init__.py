"""Settings from the environment and from secret files."""

from bff.settings.variables import Settings

__all__ = ["Settings"]
