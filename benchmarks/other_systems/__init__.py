"""What Gadfly is compared with; each script runs in an environment of its own, see `environments.py`."""
