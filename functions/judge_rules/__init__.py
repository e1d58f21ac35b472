"""Judges the thresholds over what is published: see ``crossfoot.usecases.judge_rules``."""
