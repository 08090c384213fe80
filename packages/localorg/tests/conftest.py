"""Makes this folder importable for all folders below it: pytest puts the folder of a conftest on the path.

`pytest` in packages/localorg runs this suite alone; the root's `make test` runs it beside Closedwon's.
"""
