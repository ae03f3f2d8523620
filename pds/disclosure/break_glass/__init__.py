"""Break-glass: life-critical records to a clinician when the person cannot be asked.

Off until the person switches it on, which makes a card whose number opens it: whoever
has no card opens nothing. It is for recipients of the class `medical` with everything
in force, names the clinician and the reason, goes into the log before a byte leaves, is
told to the person at once, and is reviewed by staff or board within days. It is never
for anything else.
"""
