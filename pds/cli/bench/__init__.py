"""Measurements: each figure is a ratio of two things measured in one run.

May import everything below the command line. Nothing imports it but `infobank bench`.
"""
