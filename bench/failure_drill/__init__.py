"""A storm over applications: members submit from one or two devices while everything that can fail does. Afterwards the
journal, the core's book and every ID that was handed out must agree."""
