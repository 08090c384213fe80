from sqlalchemy import Engine, text


def test_the_embedded_postgres_is_a_version_that_production_may_run(engine: Engine) -> None:
    with engine.connect() as connection:
        version = int(connection.scalar(text("SHOW server_version_num")))
    assert version >= 160000
