"""The state machines: the walk as JSON in ``*.asl.json``, its rules and grants beside it."""
