"""Closedwon keeps a Salesforce org and a delivery warehouse (Postgres) in step, on Apache Airflow."""
