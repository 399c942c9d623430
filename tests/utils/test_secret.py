"""What must not leave the process."""

from __future__ import annotations

import pickle

import pytest

from jdp.utils.secret import Secret
from tests.helpers.parts import ENVIRON, config_in

WORD = ENVIRON["JD_PASS"]


def test_secret_reveals_what_it_holds() -> None:
    assert Secret(WORD).reveal() == WORD
    assert Secret(WORD).reveal_or("other") == WORD


@pytest.mark.parametrize("form", ["{}", "{!r}", "{!s}", "%s", "%r"])
def test_secret_is_never_shown(form: str) -> None:
    secret = Secret(WORD)
    shown = form % secret if "%" in form else form.format(secret)
    assert WORD not in shown
    assert WORD not in str([secret]) + str({"password": secret})


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_secret_is_never_pickled(protocol: int) -> None:
    kept = pickle.dumps({"password": Secret(WORD)}, protocol)
    assert WORD.encode() not in kept
    back = pickle.loads(kept)["password"]  # noqa: S301 - our own bytes
    assert back.reveal_or("gone") == "gone"
    with pytest.raises(ValueError, match="not kept on disk"):
        back.reveal()


def test_secret_empty_list_is_a_value() -> None:
    assert Secret([]).reveal() == []


def test_config_shows_no_password(tmp_path: object) -> None:
    config = config_in(tmp_path)
    assert config.password.reveal() == WORD
    assert WORD not in repr(config)
    assert WORD.encode() not in pickle.dumps(config)
