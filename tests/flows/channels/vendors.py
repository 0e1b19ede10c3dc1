"""Every channel that has a stand-in: a URL, and somebody whom it reaches."""

from __future__ import annotations

from urllib.parse import quote

BODY = quote('{"to": "{target}", "text": "{text}", "id": "{key}"}')
VENDORS = {
    "wecomrobot": ("wecomrobot://693a0000-S3cr3t", "zhang.san"),
    "wecomapp": ("wecomapp://corp-id:S3cr3t-of-the-app@1000002", "zhang.san"),
    "dingrobot": ("dingrobot://S3cr3t-token?secret=SECS3cr3t", "13800000000"),
    "feishurobot": ("feishurobot://S3cr3t-token?secret=S3cr3t-sign", "ou_12345"),
    "smsgateway": (
        f"smsgateway://desk:S3cr3t-pass@host/send?body={BODY}&code=result.code&accepted=0&passing=42",
        "13800000000",
    ),
    "mail": ("mailtos://desk:S3cr3t-pass@host?from=duban@office.example", "head@office.example"),
    "webhook": ("jsons://host/hook?secret=S3cr3t-sign", "head"),
}


def hasty(url: str, seconds: float) -> str:
    """Return a URL that waits so long for an answer, and no longer."""
    return f"{url}{'&' if '?' in url else '?'}rto={seconds}"
