"""Tasks of the DAGs: each opens its clients, calls one function of a flow, and logs the result."""
