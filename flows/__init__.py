"""What runs, and in what order."""

from flows import run_logging

run_logging.set_up()  # here, because a worker imports a flow and nothing else of ours
