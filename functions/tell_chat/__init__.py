"""Tells people of events where they chat: see ``crossfoot.usecases.tell_chat``."""
