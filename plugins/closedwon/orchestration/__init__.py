"""Airflow's side of the flows: connections, retries, tasks. With `dags/`, the only code that imports Airflow."""
