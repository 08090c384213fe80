"""The main job on this machine: Postgres, the local org and Airflow under one supervisor, and the round they run."""
