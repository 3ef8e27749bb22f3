"""A storage like S3: names and bytes, and no path on this disk."""

from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage


class Bucket(Storage):
    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def exists(self, name: str) -> bool:
        return name in self.files

    def size(self, name: str) -> int:
        return len(self.files[name])

    def delete(self, name: str) -> None:
        self.files.pop(name, None)

    def _open(self, name: str, mode: str = "rb") -> File:
        return ContentFile(self.files[name])

    def _save(self, name: str, content: Any) -> str:
        self.files[name] = content.read()
        return name
