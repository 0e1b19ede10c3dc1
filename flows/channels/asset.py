"""How Apprise is to behave here."""

from apprise import AppriseAsset


class _Asset(AppriseAsset):
    """Everything in the caller's thread, and no timeout after which an attempt would run on unseen."""

    app_id = "duban"
    async_mode = False
    _service_timeout = 0.0  # Apprise 2 has one of 60 seconds


ASSET = _Asset(storage_mode="memory")
