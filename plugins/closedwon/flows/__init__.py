"""Import, export and projects, one function per task. Flows take their clients as arguments and import no Airflow."""
