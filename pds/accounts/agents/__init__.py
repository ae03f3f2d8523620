"""Agents: who may act for a person, how far, how long, and how that is proved (V-04).

Two sorts (代理人), one row each in `agent_link`:

- *voluntary* (任意代理人): the person invites with a code, the agent accepts with an
  account of their own, the person looks at the name and confirms::

      invited ─accepted─► accepted ─confirmed─► active ─► ended

- *statutory* (法定代理人: parent, guardian of a minor, guardian of an adult): one
  member of staff enters the link with the document that proves it, a second one
  approves it or refuses::

      entered ─approved─► active ─► ended

Every state leads to *ended*: person, agent or staff end it, or its time does. Nothing
follows *ended*. What an attacker would try: to use a code that was overheard (the
person confirms the name), to use it twice (one row changes once), to act after the end
(each request reads the row anew), to approve one's own entry (refused by the same
statement that approves), to act for oneself, or through a child's account.

May be imported by every layer above `audit`. Must never decide about a consent: what
ends with a link besides, `pds.rights.agents` ends.
"""
