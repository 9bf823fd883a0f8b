"""Encryption of what must be read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.kit.signing import Undecryptable, decrypt, encrypt

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
SECRET = "سرّ".encode()


@given(st.binary(max_size=200))
def test_what_was_encrypted_comes_back(plaintext: bytes):
    assert decrypt(KEY, encrypt(KEY, plaintext)) == plaintext


def test_the_same_text_is_never_the_same_twice():
    assert encrypt(KEY, SECRET) != encrypt(KEY, SECRET)
    assert SECRET not in encrypt(KEY, SECRET)


def test_another_key_opens_nothing():
    with pytest.raises(Undecryptable):
        decrypt(OTHER_KEY, encrypt(KEY, SECRET))


def test_a_value_cannot_be_moved_to_another_row():
    mine = encrypt(KEY, SECRET, context="access.key.1")
    assert decrypt(KEY, mine, context="access.key.1") == SECRET
    with pytest.raises(Undecryptable):
        decrypt(KEY, mine, context="access.key.2")


def test_every_changed_byte_is_noticed():
    whole = encrypt(KEY, SECRET)
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        with pytest.raises(Undecryptable):
            decrypt(KEY, bytes(changed))


@pytest.mark.parametrize("ciphertext", [b"", b"\x01", b"\x01" + b"0" * 12, b"\x02" + b"0" * 40])
def test_what_was_never_encrypted_is_not_opened(ciphertext: bytes):
    with pytest.raises(Undecryptable):
        decrypt(KEY, ciphertext)


@pytest.mark.parametrize("key", [b"", b"k" * 31, b"k" * 33])
def test_a_key_of_another_length_is_a_fault_of_the_caller(key: bytes):
    with pytest.raises(ValueError, match="32 bytes"):
        encrypt(key, SECRET)
