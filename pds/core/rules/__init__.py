"""Numbers that law, guideline or the bank's own rules set, as data with first days.

`rule_values.json` holds every value with its source and whether somebody read the text
in force. Modules here read it once and refuse a file of a form that they do not know.
Everything above may import them. No number of these may stand in code a second time.
"""
