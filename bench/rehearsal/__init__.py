"""The deployment, rehearsed on this machine with the files of deploy/: `python -m bench.rehearsal`."""
