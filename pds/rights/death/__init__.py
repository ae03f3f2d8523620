"""What happens when a person has died: report, freeze, heirs' window, end (V-06).

The law on personal information protects the living only, so the bank's terms decide.
One of the staff enters a report with its paper, another confirms it, and from that
commit on nothing is given and nobody gets in::

    reported ─confirmed─► frozen ─lifted─► lifted
        │                  │  ▲
        └refused► refused  │  └── handed over (the heir's archive)
                           └─asked, approved─► erasing: the account goes, and this row

- *frozen*: the login is closed, sessions end, every consent is paused, every agent's
  link ends. Nothing is deleted. A wrong report is *lifted*: the login opens, and the
  consents that the freeze paused go on; links do not come back.
- Within the heirs' window the person's own earlier wish holds: to erase (also where
  nothing was said), or to hand an archive to the heir whom the person named. Only then
  can staff, two of them, release an archive; the heir fetches it with a code.
- When the window is over, two of the staff let the account be erased.

What an attacker would try: to lock somebody out by a false report (two of the staff,
a paper, and the person sees the report while it waits), to become the heir (the wish
is the person's, made with a fresh login before), to get the archive without the second
member of staff (the code exists only after the approval), or to hurry the erasure (the
window is in the statement that approves).
"""
