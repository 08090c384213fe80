"""Where the flows meet Airflow: connections, retries, tasks. With `dags/`, the only code that imports Airflow."""
