# Airflow as its project builds it, with the libraries of our lock and our code beside them.
FROM apache/airflow:3.3.2-python3.11

# The part of the lock that runs here: without the tests, the checks and the demo's own Postgres.
COPY requirements-run.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt

# Made here, as a new volume takes its owner and mode from the folder of the image that it covers.
RUN mkdir -p --mode=0775 /opt/airflow/batches /opt/airflow/org /opt/airflow/auth

COPY --chown=airflow:root plugins /opt/airflow/plugins
COPY --chown=airflow:root dags /opt/airflow/dags
COPY --chown=airflow:root include /opt/airflow/include
COPY --chown=airflow:root packages/localorg/localorg /opt/airflow/localorg
COPY --chown=airflow:root demo/org.yaml /opt/airflow/org.yaml

ENV PYTHONPATH=/opt/airflow:/opt/airflow/plugins

# On the path, as pip puts its commands there; the code is not installed, so that the folder can be mounted over.
RUN printf '#!/bin/sh\nexec python -m closedwon.cli "$@"\n' > /home/airflow/.local/bin/closedwon \
    && chmod 755 /home/airflow/.local/bin/closedwon
