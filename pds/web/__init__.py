"""Delivery over HTTP: pages for people, the JSON API, the OAuth endpoints, the log.

Every blueprint is registered in `pds.web.app` together with the guard that runs before
each of its views; a blueprint without one stops the application from starting. Views
read a form, call one service inside a unit of work and show a page. They never commit,
never record to the log and never decide; errors become pages or problem documents in
`pds.web.problems` only. May be imported by `wsgi` alone.
"""
