"""The JSON API for recipients, version 1, and its OpenAPI document.

May be imported by `pds.web.app` only. Views parse, call one service and answer; the
disclosure gate decides and records.
"""
