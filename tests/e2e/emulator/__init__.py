"""The stand-in for AWS of the end-to-end proof: MiniStack, with what it lacks added in memory.

``docs/operations/emulator.md`` says beside each addition where AWS differs; AWS wins.
"""
