"""Uploaded papers: detected by contents, never by name; hostile and damaged ones are refused with a reason."""

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from impact.core.web.files import pictures, reencode_picture, uploads

pytestmark = pytest.mark.sqlite_only

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
EXE = b"MZ\x90\x00" + bytes(200) + b"This program cannot be run in DOS mode."
EICAR_LIKE = b"\x7fELF\x02\x01\x01" + bytes(100)


def given(data: bytes, name: str = "paper.pdf", content_type: str = "application/pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type)


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def office(kind: str = "word", more: dict[str, bytes] | None = None) -> bytes:
    return packed({"[Content_Types].xml": b"<Types/>", f"{kind}/document.xml": b"<w:document/>"} | (more or {}))


def picture(format: str = "JPEG", size: tuple[int, int] = (40, 20), **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, format, **more)
    return out.getvalue()


def refused(data: bytes, name: str = "paper.pdf") -> str:
    with pytest.raises(ValidationError) as refusal:
        uploads.accept_paper(given(data, name))
    return refusal.value.messages[0]


@pytest.mark.parametrize(
    ("data", "extension"),
    [
        (PDF, "pdf"),
        (office("word"), "docx"),
        (office("ppt"), "pptx"),
        (office("xl"), "xlsx"),
        (packed({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}), "odt"),
        (picture("JPEG"), "jpg"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x21" + bytes(100), "mp3"),
        (b"\x00\x00\x00\x18ftypM4A " + bytes(60), "m4a"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(60), "mp4"),
        ("Beth ydych chi’n ei feddwl? ŵ ŷ".encode(), "txt"),
        (b"\xef\xbb\xbfWords with a mark before them", "txt"),
    ],
)
def test_each_kind_is_known_by_its_contents_whatever_it_is_called(data, extension):
    upload = uploads.accept_paper(given(data, "holiday.bin", "application/x-made-up"))
    assert (upload.extension, upload.name) == (extension, f"holiday.{extension}")
    assert upload.content_type == uploads.PAPERS[extension][0]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("renamed.pdf", EXE),
        ("renamed.txt", EXE),
        ("renamed.docx", EICAR_LIKE),
        ("page.html", b"<!doctype html><script>alert(1)</script>"),
        ("page.txt", b"\n\n  <html><body onload=alert(1)>"),
        ("mark.txt", b"\xef\xbb\xbf<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("picture.svg", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("run.txt", b"#!/bin/sh\nrm -rf /\n"),
        ("print.ps", b"%!PS-Adobe-3.0\n"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)),
        ("letters.rtf", b"{\\rtf1\\ansi hello}"),
        ("latin.txt", "Größe".encode("latin-1")),
        ("any.zip", packed({"a.txt": b"a"})),
        ("plain.jar", packed({"META-INF/MANIFEST.MF": b"x", "A.class": b"\xca\xfe\xba\xbe"})),
        ("program.docx", office("word", {"word/embeddings/run.exe": EXE})),
        ("slip.docx", office("word", {"../../etc/cron.d/x": b"x"})),
        ("cut.docx", office("word")[:-30]),
        ("both.pdf", PDF + packed({"A.class": b"\xca\xfe\xba\xbe"})),
        ("only-a-start.pdf", b"%PDF-1.7\n<script>alert(1)</script>"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_what_we_take_instead(name, data):
    words = refused(data, name)
    assert words.startswith("We cannot accept this kind of file. Upload one of these: PDF, Word")


MACRO_TYPE = b'ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"'
HIDDEN_OBJECTS = zlib.compress(b"5 0 << /S /J#61vaScript /JS (app.alert(1)) >>")


def pdf(*objects: bytes) -> bytes:
    return b"%PDF-1.7\n" + b"\n".join(objects) + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.mark.parametrize(
    ("data", "named", "extension"),
    [
        (office("word", {"word/vbaProject.bin": b"x"}), "macros", "docx"),
        (
            packed({"[Content_Types].xml": MACRO_TYPE, "word/document.xml": b"", "word/vbaProject.bin": b"x"}),
            "macros",
            "docm",
        ),
        (office("xl", {"xl/activeX/activeX1.bin": b"x"}), "ActiveX", "xlsx"),
        (packed({"mimetype": b"application/vnd.oasis.opendocument.text", "Basic/script.xml": b"x"}), "macros", "odt"),
        (pdf(b"1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj"), "JavaScript", "pdf"),
        (pdf(b"1 0 obj<</S/J#61vaScript>>endobj"), "JavaScript", "pdf"),
        (
            pdf(
                b"4 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>stream\n"
                + HIDDEN_OBJECTS
                + b"\nendstream endobj"
            ),
            "JavaScript",
            "pdf",
        ),
        (pdf(b"1 0 obj<</OpenAction<</S/Launch/F(cmd.exe)>>>>endobj"), "a command that starts another program", "pdf"),
    ],
)
def test_what_runs_by_itself_in_a_document_is_named_and_its_sender_decides(data, named, extension):
    with pytest.raises(uploads.ActiveContent) as warning:
        uploads.accept_paper(given(data, "paper.any"))
    (words,) = warning.value.messages
    assert words.startswith("This file holds ") and named in words and "tick “Send it as it is”" in words
    upload = uploads.accept_paper(given(data, "paper.any"), send_anyway=True)
    assert (upload.name, upload.data) == (f"paper.{extension}", data)


def test_a_picture_in_a_pdf_whose_bytes_spell_a_name_is_no_javascript():
    data = pdf(b"4 0 obj<</Subtype/Image>>stream\nxx/JS xx/JavaScript xx/Launch xx\nendstream endobj")
    assert uploads.accept_paper(given(data)).extension == "pdf"


def test_a_pdf_that_unpacks_to_very_much_is_looked_at_only_so_far():
    bomb = zlib.compress(bytes(50 * 1024 * 1024))
    objects = [b"4 0 obj<</Type/ObjStm>>stream\n" + bomb + b"\nendstream endobj"] * 40
    assert uploads.accept_paper(given(pdf(*objects))).extension == "pdf"


def test_a_zip_bomb_is_refused_without_being_unpacked():
    bomb = office("word", {"word/media/big": bytes(210 * uploads.MB)})
    assert len(bomb) < uploads.MB and "We cannot accept this kind of file. Upload one of these:" in refused(
        bomb, "bomb.docx"
    )
    many = packed({"[Content_Types].xml": b"", **{f"word/{n}": b"" for n in range(5001)}})
    assert "We cannot accept this kind of file. Upload one of these:" in refused(many, "many.docx")


def test_an_empty_file_and_one_that_is_too_large_are_refused_with_the_limit():
    assert refused(b"") == "This file is empty. Choose the file again."
    with pytest.raises(ValidationError, match=r"The largest we accept is 10.{1,4}bytes"):
        uploads.accept_paper(given(PDF), limit=10)


def test_a_size_that_lies_does_not_get_round_the_limit():
    file = given(PDF)
    file.size = 0
    with pytest.raises(ValidationError, match=r"larger than 10.{1,4}bytes"):
        uploads.accept_paper(file, limit=10)


def test_a_picture_is_re_encoded_so_that_its_location_is_removed():
    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)  # latitude
    data = picture("JPEG", exif=exif) + b"<script>alert(1)</script>PK\x03\x04"
    assert b"Camera maker" in data
    upload = uploads.accept_paper(given(data, "IMG_1.JPG"))
    assert b"Camera maker" not in upload.data and b"<script>" not in upload.data
    with Image.open(io.BytesIO(upload.data)) as drawn:
        assert not drawn.getexif() and drawn.size == (40, 20)


def test_a_damaged_picture_and_one_with_too_many_pixels_are_refused():
    assert "damaged" in refused(picture("JPEG", (400, 400))[:300], "a.jpg")
    header = struct.pack(">IIBBBBB", 9000, 9000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    huge = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    idat = b"IDAT" + zlib.compress(b"0")
    huge += struct.pack(">I", len(idat) - 4) + idat + struct.pack(">I", zlib.crc32(idat))
    assert "too many pixels" in refused(huge, "a.png")


@pytest.mark.parametrize(
    ("hostile", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\me\\Summary.pdf", "Summary.pdf"),
        ('a"b\r\nSet-Cookie: x.pdf', "abSet-Cookie x.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.pdf"),
        ("=cmd|' /C calc'!A0.pdf", "C calcA0.pdf"),
        (".htaccess", "file.pdf"),
        ("   .pdf", "file.pdf"),
        ("Crynodeb ŵ, fersiwn 2.pdf", "Crynodeb ŵ, fersiwn 2.pdf"),
        ("x" * 300 + ".pdf", "x" * 120 + ".pdf"),
    ],
)
def test_a_hostile_name_becomes_one_that_is_safe_to_save(hostile, kept):
    assert uploads.file_name(hostile, "pdf") == kept


def test_the_same_contents_are_kept_once_under_their_hash():
    first, second = (uploads.accept_paper(given(PDF, name)) for name in ("a.pdf", "b.pdf"))
    names = {uploads.keep(upload, under="materials") for upload in (first, second)}
    assert names == {f"materials/{first.sha256}.pdf"}
    with default_storage.open(names.pop()) as kept:
        assert kept.read() == PDF


# --- Photographs ---------------------------------------------------------------------------------
def photo(data: bytes, name: str = "IMG_1.JPG") -> uploads.Upload:
    return uploads.accept_photo(given(data, name, "image/jpeg"))


def photo_refused(data: bytes, name: str = "IMG_1.JPG") -> str:
    with pytest.raises(ValidationError) as refusal:
        photo(data, name)
    return refusal.value.messages[0]


def test_a_photograph_is_stripped_of_its_place_time_and_camera():
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "Camera maker", "2023:01:10 14:00:00"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (51.0, 28.0, 40.0), "W", (3.0, 10.0, 30.0)
    data = picture("JPEG", exif=exif, comment=b"A secret comment")
    with Image.open(io.BytesIO(data)) as before:
        assert dict(before.getexif().get_ifd(0x8825))
    upload = photo(data)
    with Image.open(io.BytesIO(upload.data)) as after:
        assert not after.getexif() and "comment" not in after.info and "exif" not in after.info
    for secret in (b"Camera maker", b"2023:01:10", b"A secret comment", b"Exif"):
        assert secret not in upload.data


@pytest.mark.parametrize("turned", [3, 6, 8])
def test_a_photograph_taken_sideways_stands_the_right_way_up(turned):
    flat = Image.new("RGB", (90, 60), "white")
    flat.paste("red", (0, 0, 90, 20))  # red on top, as the eye saw it
    exif = Image.Exif()
    exif[0x0112] = turned
    sensor = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[turned]
    out = io.BytesIO()
    flat.transpose(sensor).save(out, "JPEG", exif=exif)
    upload = photo(out.getvalue())
    assert (upload.width, upload.height) == (90, 60)
    with Image.open(io.BytesIO(upload.data)) as drawn:
        red, _green, blue = drawn.getpixel((45, 6))
        assert red > 200 and blue < 80 and min(drawn.getpixel((45, 50))) > 200


@pytest.mark.parametrize("format", ["PNG", "WEBP", "JPEG"])
def test_every_kind_becomes_jpeg_whatever_it_is_called(format):
    upload = photo(picture(format), "chart.html")
    assert (upload.extension, upload.content_type, upload.name) == ("jpg", "image/jpeg", "chart.jpg")
    assert upload.data.startswith(b"\xff\xd8\xff")


def test_a_clear_picture_stands_on_white():
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(photo(out.getvalue()).data)) as drawn:
        assert drawn.getpixel((10, 10)) == (255, 255, 255)


def test_a_large_photograph_is_made_smaller():
    upload = photo(picture("JPEG", (4000, 3000)))
    assert (upload.width, upload.height) == (reencode_picture.EDGE, 1800)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x00\x00\x00\x18ftypheic" + bytes(200), "Most Compatible"),
        (b"GIF89a" + bytes(100), "JPEG, PNG or WebP"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "JPEG, PNG or WebP"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "JPEG, PNG or WebP"),
        (b"BM" + bytes(100), "JPEG, PNG or WebP"),
        (PDF, "JPEG, PNG or WebP"),
        (b"", "empty"),
        (b"\xff\xd8\xff" + b"<script>alert(1)</script>", "damaged"),
        (picture("JPEG", (400, 400))[:300], "damaged"),
        (picture("PNG", (400, 400))[:60], "damaged"),
        (b"RIFF\x10\x00\x00\x00WEBP" + bytes(30), "damaged"),
    ],
)
def test_a_file_that_is_not_a_photograph_is_refused_with_advice(data, words):
    assert words in photo_refused(data)


@pytest.mark.parametrize("side", [9_000, 60_000])
def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_unpacked(side):
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    idat = b"IDAT" + zlib.compress(bytes(1_000_000))
    bomb += struct.pack(">I", len(idat) - 4) + idat + struct.pack(">I", zlib.crc32(idat))
    assert "too many pixels" in photo_refused(bomb) or "damaged" in photo_refused(bomb)


def test_a_photograph_that_is_too_heavy_is_refused_with_the_limit():
    with pytest.raises(ValidationError, match=r"largest we accept is 100.{1,4}bytes"):
        uploads.accept_photo(given(picture("JPEG")), limit=100)


def unpacks_to(format: str, mode: str, edge: int) -> bytes:
    """A small file that is a huge picture."""
    out = io.BytesIO()
    Image.new(mode, (edge, edge)).save(out, format)
    return out.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells how much memory a process and its children used.")
@pytest.mark.parametrize(
    ("format", "mode", "edge"),
    [("PNG", "RGBA", 6000), ("PNG", "P", 6000), ("WEBP", "RGB", 6000), ("JPEG", "RGB", 7700)],
)
def test_a_small_file_that_is_a_huge_picture_is_unpacked_in_a_child_and_costs_us_nothing(format, mode, edge):
    data = unpacks_to(format, mode, edge)
    script = (
        "from django.conf import settings; settings.configure(); import resource, sys; from impact.core.web.files import pictures;"
        "pictures.draw(sys.stdin.buffer.read());"
        "print(int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) // 1024,"
        " resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=data, stdout=subprocess.PIPE, check=True, cwd=settings.BASE_DIR
    )
    ours, child = (int(megabytes) for megabytes in done.stdout.split())
    assert ours < 150 and child < 640


def test_pictures_are_unpacked_one_at_a_time(monkeypatch, tmp_path):
    monkeypatch.setattr(pictures, "LOCK", tmp_path / "lock")
    running, most = [], []
    original = subprocess.run

    def counted(*args, **kwargs):
        running.append(1)
        most.append(len(running))
        try:
            return original(*args, **kwargs)
        finally:
            running.pop()

    monkeypatch.setattr(pictures.subprocess, "run", counted)
    data = picture("JPEG")
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(pictures.draw, [data] * 8))
    assert len(drawn) == 8 and max(most) == 1


def test_a_sender_who_waits_too_long_for_the_pictures_of_others_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(pictures, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(pictures, "PATIENCE", 0.05)
    with pictures.one_at_a_time(), pytest.raises(ValidationError, match="Wait a minute"):
        pictures.draw(picture("JPEG"))


def test_a_picture_that_takes_more_than_the_child_may_have_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(pictures, "MEMORY_MB", 256)
    assert "too much memory or time" in photo_refused(unpacks_to("PNG", "RGBA", 6000))
    assert photo(picture("JPEG")).width == 40


def test_a_picture_with_more_pixels_than_anybody_needs_is_refused_before_it_is_unpacked():
    out = io.BytesIO()
    Image.new("1", (6100, 6000)).save(out, "PNG")
    with pytest.raises(ValidationError, match="too many pixels"):
        uploads.accept_photo(given(out.getvalue(), "x.png"))
