"""The kitchen: arrays in, arrays out. No files, no clock, no log, no environment."""
