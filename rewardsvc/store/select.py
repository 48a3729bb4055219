"""Which store the settings ask for."""

from rewardsvc.errors import CannotServe
from rewardsvc.settings import Settings
from rewardsvc.store.base import Store
from rewardsvc.store.sqlite import SqliteStore


def open_store(settings: Settings) -> Store:
    """Redis where one is named, else a SQLite file. It connects when it is first used.

    Raises:
        CannotServe: ``settings.redis`` is no URL of a Redis.
    """
    if settings.redis is None:
        return SqliteStore(settings.cache_file)
    from rewardsvc.store.redis import RedisStore

    try:
        return RedisStore(settings.redis)
    except ValueError as error:
        raise CannotServe(f"setting redis: {error}; e.g. redis://HOST:6379/0") from error
