"""The command `closedwon`. Its modules import what is heavy only when a command runs: help is there at once."""
