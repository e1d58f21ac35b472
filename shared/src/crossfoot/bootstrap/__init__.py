"""The fuse box: the only room that knows the real parts and puts them together.

One file per occasion, so that a command loads only the parts it needs.
"""
