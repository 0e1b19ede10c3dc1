from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.channels import mask
from flows.channels.masking import guises, redact

SECRET = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(lambda text: f"S3cr3t{text}")
TEMPLATES = [
    "mailto://{}:pass@smtp.office.example:587?from=a@b.example",
    "mailto://user:{}@smtp.office.example",
    "mailtos://{}@smtp.office.example?user=desk",
    "json://host:8080/{}",
    "json://host/hook?+X-Token={}",
    "json://host/hook?-key={}&:more={}",
    "jsons://user:{}@host/hook",
    "wecomrobot://{}",
    "wecomapp://corp:{}@1000002",
    "feishurobot://token?secret={}",
    "smsgateways://user:{}@host/send?body=x",
    "smsgateways://host/{}?body={}",
    "dingtalk://{}@token/13800000000",
    "{}://host",
    "{}",
]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mailto://127.0.0.1:1025?from=a@b.example", "mailto://127.0.0.1:1025/***"),
        ("mailtos://user:pass@smtp.office.example", "mailtos://***@smtp.office.example"),
        ("json://[::1]:8080/hook?+X-Token=abc", "json://[::1]:8080/***"),
        ("JSONS://host/", "jsons://host"),
        ("maildir:///var/lib/duban/mail", "maildir:///var/lib/duban/mail"),
        ("wecomrobot://693axxx6-7aoc-4bc4", "wecomrobot://***"),
        ("user:pass@host", "***"),
        ("", "***"),
    ],
)
def test_a_masked_url_says_where_but_not_how(url: str, shown: str) -> None:
    assert mask(url) == shown


@pytest.mark.parametrize("template", TEMPLATES[:-2])
@given(secret=SECRET)
def test_no_secret_shows_through_the_mask(template: str, secret: str) -> None:
    assert "S3cr3t" not in mask(template.replace("{}", quote(secret, safe="")))


@pytest.mark.parametrize("url", ["mailto://user:S3cr3t/x@host", "mailto://S3cr3t/x@host", "json://S3cr3t#x@host"])
def test_a_password_that_was_not_encoded_does_not_pass_for_a_host(url: str) -> None:
    assert "S3cr3t" not in mask(url)


@given(secret=SECRET)
def test_an_echoed_secret_is_hidden_in_every_form(secret: str) -> None:
    forms = guises([secret])
    assert secret in forms
    assert all(secret not in redact(f"no {form} here", forms) for form in forms)
