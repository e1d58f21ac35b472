"""Readers of what instruments wrote: one module a tool, spans of time with their energy out."""
