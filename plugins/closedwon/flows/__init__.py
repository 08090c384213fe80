"""The flows, each readable on one page. A flow receives its clients as arguments; it knows nothing of Airflow."""
