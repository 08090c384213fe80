"""The tasks of the DAGs: each opens its clients, calls one step of a flow, and logs what came of it."""
